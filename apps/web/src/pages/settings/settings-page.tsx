import { Stack } from '@mantine/core';
import { useSession } from '../../api/session.ts';
import { PageTitle } from '../page-title.tsx';
import { Members } from './members.tsx';
import { NotificationChannels } from './notification-channels.tsx';
import { Password } from './password.tsx';
import { PersonalTokens } from './personal-tokens.tsx';

/** What a person sets for itself, and, where it may, for the organization. */
export function SettingsPage() {
  const { data: session } = useSession();
  const permissions = session?.self.attributes.permissions ?? [];
  const isEditor = permissions.includes('org.edit');
  return (
    <>
      <PageTitle title="Settings" />
      <Stack gap="lg">
        <Password />
        <PersonalTokens />
        {isEditor && <NotificationChannels />}
        {permissions.includes('org.user.invite') && <Members />}
      </Stack>
    </>
  );
}
