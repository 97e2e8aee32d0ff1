import { Stack } from '@mantine/core';
import { useSession } from '../../api/session.ts';
import { PageTitle } from '../page-title.tsx';
import { NotificationChannels } from './notification-channels.tsx';
import { PersonalTokens } from './personal-tokens.tsx';

/** What a person sets for itself, and, where it may, for the organization. */
export function SettingsPage() {
  const { data: session } = useSession();
  const isEditor = session?.self.attributes.permissions.includes('org.edit') ?? false;
  return (
    <>
      <PageTitle title="Settings" />
      <Stack gap="lg">
        <PersonalTokens />
        {isEditor && <NotificationChannels />}
      </Stack>
    </>
  );
}
