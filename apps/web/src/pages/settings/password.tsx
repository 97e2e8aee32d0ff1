import { Button, PasswordInput } from '@mantine/core';
import { minPasswordLength } from '@plimsoll/contracts';
import { useState, type FormEvent } from 'react';
import { useChangePassword } from '../../api/password.ts';
import { Failure } from '../../components/failure.tsx';
import { Notice } from '../../components/notice.tsx';
import { Section } from './section.tsx';
import styles from './settings.module.css';

/** Where a person changes its password. */
export function Password() {
  const change = useChangePassword();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(
      { current_password: current, new_password: next },
      {
        onSuccess: () => {
          setCurrent('');
          setNext('');
        },
      },
    );
  };
  return (
    <Section
      title="Password"
      note="Changing it signs you out everywhere but here. Personal tokens go on working; revoke them where needed."
    >
      <form className={styles.form} onSubmit={submit}>
        <PasswordInput
          label="Current password"
          autoComplete="current-password"
          required
          w={220}
          value={current}
          onChange={(event) => setCurrent(event.currentTarget.value)}
        />
        <PasswordInput
          label="New password"
          autoComplete="new-password"
          required
          minLength={minPasswordLength}
          w={220}
          value={next}
          onChange={(event) => setNext(event.currentTarget.value)}
        />
        <Button type="submit" loading={change.isPending}>
          Change password
        </Button>
      </form>
      {change.isError && <Failure what="The password was not changed" error={change.error} />}
      {change.isSuccess && <Notice kind="note">The password was changed.</Notice>}
    </Section>
  );
}
