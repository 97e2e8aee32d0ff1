import { Button, Center, Paper, PasswordInput, Stack, TextInput } from '@mantine/core';
import { minPasswordLength } from '@plimsoll/contracts';
import { useNavigate } from '@tanstack/react-router';
import { useState, type SubmitEvent } from 'react';
import { useAcceptInvite } from '../../api/members.ts';
import { Mark } from '../../components/mark.tsx';
import { Notice } from '../../components/notice.tsx';
import { useTitle } from '../use-title.ts';

/** Where somebody joins who was asked to; the token is behind the # of the address. */
export function InvitePage() {
  useTitle('Join');
  const navigate = useNavigate();
  const accept = useAcceptInvite();
  const [token] = useState(() => window.location.hash.slice(1));

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const name = form.get('name');
    const password = form.get('password');
    if (typeof name !== 'string' || typeof password !== 'string') return;
    accept.mutate(
      { token, name, password },
      { onSuccess: () => void navigate({ to: '/sign-in', replace: true }) },
    );
  };

  return (
    <Center component="main" mih="100vh" p="md" style={{ background: 'var(--page)' }}>
      <Paper component="form" withBorder p={32} w="100%" maw={400} shadow="sm" radius="lg" onSubmit={submit}>
        <Stack>
          <Stack align="center" gap={8} mb={4}>
            <Mark size={48} />
            <h1 style={{ fontSize: 22, margin: 0 }}>Join Plimsoll</h1>
          </Stack>
          {token === '' && (
            <Notice kind="bad">The address is not whole. Open it as you were given it.</Notice>
          )}
          {accept.isError && <Notice kind="bad">{accept.error.message}</Notice>}
          <TextInput
            label="Your name"
            name="name"
            autoComplete="name"
            required
            withAsterisk={false}
            autoFocus
          />
          <PasswordInput
            label="A password"
            description={`At least ${minPasswordLength} characters`}
            name="password"
            autoComplete="new-password"
            minLength={minPasswordLength}
            required
            withAsterisk={false}
            visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
          />
          <Button type="submit" loading={accept.isPending} disabled={token === ''} fullWidth mt={4}>
            Make an account
          </Button>
        </Stack>
      </Paper>
    </Center>
  );
}
