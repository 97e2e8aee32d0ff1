import { ActionIcon, Avatar, Menu, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import type { Self } from '@plimsoll/contracts';
import { isSignedOut } from '../api/request-error.ts';
import { useSignOut } from '../api/session.ts';
import { LeaveIcon, MoonIcon, SunIcon } from '../components/icons.tsx';

/** Light or dark, who is signed in, and the way out. */
export function UserMenu({ self }: { readonly self: Self | undefined }) {
  const signOut = useSignOut();
  const scheme = useComputedColorScheme('light');
  const { setColorScheme } = useMantineColorScheme();
  const other = scheme === 'dark' ? 'light' : 'dark';

  // Loads the page anew, so that nothing of what was read stays in memory.
  const leave = () => signOut.mutate(undefined, { onSuccess: () => window.location.assign('/sign-in') });

  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={`Switch to ${other} colours`}
        title={`Switch to ${other} colours`}
        onClick={() => setColorScheme(other)}
      >
        {scheme === 'dark' ? <SunIcon size={18} /> : <MoonIcon size={18} />}
      </ActionIcon>
      {self && (
        <Menu position="bottom-end" width={240} shadow="md">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" size="lg" radius="xl" aria-label="Your account">
              <Avatar size={30} name={self.attributes.name} color="sea" />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>
              {self.attributes.name}
              <br />
              {self.attributes.email}
            </Menu.Label>
            <Menu.Divider />
            {signOut.isError && !isSignedOut(signOut.error) && (
              <Menu.Label c="red">{signOut.error.message}</Menu.Label>
            )}
            <Menu.Item leftSection={<LeaveIcon />} closeMenuOnClick={false} onClick={leave}>
              Sign out
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
    </>
  );
}
