import { Button, Center, Paper, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { SubmitEvent } from 'react';
import { useSignIn } from '../../api/session.ts';
import { Mark } from '../../components/mark.tsx';
import { Notice } from '../../components/notice.tsx';
import { useTitle } from '../use-title.ts';
import { signInProblem } from './sign-in-problem.ts';

const route = getRouteApi('/sign-in');

/** Email and password, then on to the page that was asked for. */
export function SignInPage() {
  useTitle('Sign in');
  const { to } = route.useSearch();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const signIn = useSignIn();

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const email = form.get('email');
    const password = form.get('password');
    if (typeof email !== 'string' || typeof password !== 'string') return;
    signIn.mutate(
      { email, password },
      {
        onSuccess: () => {
          queryClient.clear();
          void navigate({ href: to ?? '/images', replace: true });
        },
      },
    );
  };

  return (
    <Center component="main" mih="100vh" p="md" style={{ background: 'var(--page)' }}>
      <Paper component="form" withBorder p={32} w="100%" maw={400} shadow="sm" radius="lg" onSubmit={submit}>
        <Stack>
          <Stack align="center" gap={8} mb={4}>
            <Mark size={48} />
            <h1 style={{ fontSize: 22, margin: 0 }}>Sign in to Plimsoll</h1>
          </Stack>
          {signIn.isError && <Notice kind="bad">{signInProblem(signIn.error)}</Notice>}
          <TextInput
            label="Email"
            name="email"
            type="email"
            autoComplete="username"
            required
            withAsterisk={false}
            autoFocus
          />
          <PasswordInput
            label="Password"
            name="password"
            autoComplete="current-password"
            required
            withAsterisk={false}
            visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
          />
          <Button type="submit" loading={signIn.isPending} fullWidth mt={4}>
            Sign in
          </Button>
        </Stack>
      </Paper>
    </Center>
  );
}
