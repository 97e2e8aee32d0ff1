import { Button, Group } from '@mantine/core';
import type { NotificationChannel } from '@plimsoll/contracts';
import { useNotificationChannels, useRemoveChannel, useTryChannel } from '../../api/notification-channels.ts';
import { Failure } from '../../components/failure.tsx';
import { Notice } from '../../components/notice.tsx';
import { NothingYet } from '../../components/nothing-yet.tsx';
import { PlainTable } from '../../components/plain-table.tsx';
import { Time } from '../../components/time.tsx';
import { useOrgId } from '../../frame/org-context.ts';
import { AddChannel } from './add-channel.tsx';
import { Section } from './section.tsx';
import styles from './settings.module.css';

/** Where the organization is told of new issues. */
export function NotificationChannels() {
  const orgId = useOrgId();
  const channels = useNotificationChannels(orgId);
  const attempt = useTryChannel(orgId);
  return (
    <Section
      title="Notifications"
      note="New issues are told in one message per sync, and per change of advisories; never one message per issue."
    >
      {channels.isPending && <NothingYet rows={1} height={40} />}
      {channels.isError && (
        <Failure what="The channels could not be read" error={channels.error} onRetry={channels.refetch} />
      )}
      {attempt.isError && <Failure what="The channel could not be tried" error={attempt.error} />}
      {attempt.data && (
        <Notice
          kind={attempt.data.delivered ? 'note' : 'bad'}
          title={attempt.data.delivered ? 'The message was sent' : 'The message did not arrive'}
        >
          {attempt.data.delivered ? 'Look whether it is there.' : attempt.data.message}
        </Notice>
      )}
      {channels.data?.length === 0 && <p className={styles.note}>Nobody is told yet.</p>}
      {channels.data && channels.data.length > 0 && (
        <PlainTable
          label="Notification channels"
          columns={['Name', 'To', 'From', 'Last message', '']}
          className={styles.table}
        >
          {channels.data.map((channel) => (
            <ChannelRow
              key={channel.id}
              channel={channel}
              isTried={attempt.isPending && attempt.variables === channel.id}
              onTry={() => attempt.mutate(channel.id)}
            />
          ))}
        </PlainTable>
      )}
      <AddChannel />
    </Section>
  );
}

function ChannelRow({
  channel: { id, attributes },
  isTried,
  onTry,
}: {
  readonly channel: NotificationChannel;
  readonly isTried: boolean;
  readonly onTry: () => void;
}) {
  const remove = useRemoveChannel(useOrgId());
  const target = attributes.url ?? attributes.host ?? attributes.recipients?.join(', ');
  return (
    <tr>
      <td>{attributes.name}</td>
      <td>
        {attributes.channel_type}: {target}
      </td>
      <td>{attributes.min_severity}</td>
      <td title={attributes.last_error}>
        <Time at={attributes.last_attempt_at} otherwise="none yet" />
        {attributes.last_error !== undefined && ' (failed)'}
        {remove.isError && ' (could not be removed)'}
      </td>
      <td>
        <Group gap="xs" justify="flex-end" wrap="nowrap">
          <Button
            size="compact-xs"
            variant="default"
            aria-label={`Try ${attributes.name}`}
            loading={isTried}
            onClick={onTry}
          >
            Try
          </Button>
          <Button
            size="compact-xs"
            variant="default"
            aria-label={`Remove ${attributes.name}`}
            loading={remove.isPending}
            onClick={() => remove.mutate(id)}
          >
            Remove
          </Button>
        </Group>
      </td>
    </tr>
  );
}
