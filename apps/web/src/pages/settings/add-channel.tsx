import { Button, NativeSelect, TextInput } from '@mantine/core';
import { channelTypes, severities, type ChannelType, type SeverityLevel } from '@plimsoll/contracts';
import { useState, type FormEvent } from 'react';
import { useAddChannel } from '../../api/notification-channels.ts';
import { Failure } from '../../components/failure.tsx';
import { useOrgId } from '../../frame/org-context.ts';
import styles from './settings.module.css';

const typeNames: Readonly<Record<ChannelType, string>> = {
  webhook: 'Webhook',
  slack: 'Slack',
  email: 'E-mail',
};

/** Severities that a person can start from. */
const thresholds = severities.slice(0, 4);

/** The form that makes a channel. */
export function AddChannel() {
  const add = useAddChannel(useOrgId());
  const [type, setType] = useState<ChannelType>('email');
  const [minimum, setMinimum] = useState<SeverityLevel>('high');
  const [to, setTo] = useState('');
  const [secret, setSecret] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(attributesOf(type, to, secret, minimum), {
      onSuccess: () => {
        setTo('');
        setSecret('');
      },
    });
  };
  return (
    <>
      <form className={styles.form} onSubmit={submit}>
        <NativeSelect
          label="Type"
          value={type}
          data={channelTypes.map((value) => ({ value, label: typeNames[value] }))}
          onChange={({ currentTarget: { value } }) =>
            setType(channelTypes.find((known) => known === value) ?? 'email')
          }
        />
        <TextInput
          label={type === 'email' ? 'Recipients' : 'Address'}
          placeholder={type === 'email' ? 'team@example.com, ..' : 'https://'}
          required
          w={280}
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
        />
        {type === 'webhook' && (
          <TextInput
            label="Signing key"
            type="password"
            autoComplete="off"
            required
            value={secret}
            onChange={(event) => setSecret(event.currentTarget.value)}
          />
        )}
        <NativeSelect
          label="From severity"
          value={minimum}
          data={[...thresholds]}
          onChange={({ currentTarget: { value } }) =>
            setMinimum(thresholds.find((known) => known === value) ?? 'high')
          }
        />
        <Button type="submit" loading={add.isPending}>
          Add a channel
        </Button>
      </form>
      {add.isError && <Failure what="The channel could not be made" error={add.error} />}
    </>
  );
}

function attributesOf(type: ChannelType, to: string, secret: string, minimum: SeverityLevel): object {
  const common = { channel_type: type, min_severity: minimum };
  if (type === 'email') {
    return { ...common, recipients: to.split(/[\s,;]+/).filter((address) => address !== '') };
  }
  return { ...common, url: to.trim(), ...(type === 'webhook' && { secret }) };
}
