import { Button, Code, CopyButton, NumberInput, TextInput } from '@mantine/core';
import { personalTokenDays } from '@plimsoll/contracts';
import { useState, type FormEvent } from 'react';
import { useMakeToken, usePersonalTokens, useRevokeToken } from '../../api/personal-tokens.ts';
import { Failure } from '../../components/failure.tsx';
import { CopyIcon } from '../../components/icons.tsx';
import { Notice } from '../../components/notice.tsx';
import { NothingYet } from '../../components/nothing-yet.tsx';
import { PlainTable } from '../../components/plain-table.tsx';
import { Time } from '../../components/time.tsx';
import { Section } from './section.tsx';
import styles from './settings.module.css';

/** The tokens with which a person's scripts come in. */
export function PersonalTokens() {
  const tokens = usePersonalTokens();
  const revoke = useRevokeToken();
  return (
    <Section
      title="Personal tokens"
      note="With a token a script of yours may do what you may. It is shown once, when it is made."
    >
      {tokens.isPending && <NothingYet rows={1} height={40} />}
      {tokens.isError && (
        <Failure what="The tokens could not be read" error={tokens.error} onRetry={tokens.refetch} />
      )}
      {revoke.isError && <Failure what="The token could not be revoked" error={revoke.error} />}
      {tokens.data?.length === 0 && <p className={styles.note}>You have no token yet.</p>}
      {tokens.data && tokens.data.length > 0 && (
        <PlainTable
          label="Personal tokens"
          columns={['Name', 'Made', 'Last used', 'Works until', '']}
          className={styles.table}
        >
          {tokens.data.map(({ id, attributes }) => (
            <tr key={id}>
              <td>{attributes.name}</td>
              <td>
                <Time at={attributes.created_at} />
              </td>
              <td>
                <Time at={attributes.last_used_at} otherwise="never" />
              </td>
              <td>{attributes.expires_at.slice(0, 10)}</td>
              <td>
                <Button
                  size="compact-xs"
                  variant="default"
                  aria-label={`Revoke ${attributes.name}`}
                  loading={revoke.isPending && revoke.variables === id}
                  onClick={() => revoke.mutate(id)}
                >
                  Revoke
                </Button>
              </td>
            </tr>
          ))}
        </PlainTable>
      )}
      <MakeToken />
    </Section>
  );
}

function MakeToken() {
  const make = useMakeToken();
  const [name, setName] = useState('');
  const [days, setDays] = useState<number | string>(personalTokenDays.default);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate({ name, days: Number(days) }, { onSuccess: () => setName('') });
  };
  return (
    <>
      <form className={styles.form} onSubmit={submit}>
        <TextInput
          label="Name"
          placeholder="nightly report"
          required
          maxLength={255}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <NumberInput
          label="Days"
          min={1}
          max={personalTokenDays.max}
          clampBehavior="strict"
          w={90}
          value={days}
          onChange={setDays}
        />
        <Button type="submit" loading={make.isPending}>
          Make a token
        </Button>
      </form>
      {make.isError && <Failure what="The token could not be made" error={make.error} />}
      {make.data !== undefined && (
        <Notice
          kind="note"
          title="Copy the token now; it is not shown again."
          action={
            <CopyButton value={make.data}>
              {({ copied, copy }) => (
                <Button size="xs" variant="default" leftSection={<CopyIcon />} onClick={copy}>
                  {copied ? 'Copied' : 'Copy'}
                </Button>
              )}
            </CopyButton>
          }
        >
          <Code data-testid="token">{make.data}</Code>
        </Notice>
      )}
    </>
  );
}
