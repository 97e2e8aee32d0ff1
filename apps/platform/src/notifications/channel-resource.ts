import {
  WebhookPayload,
  type ChannelType,
  type NotificationChannel,
  type SeverityLevel,
} from '@plimsoll/contracts';
import type { ChannelRow } from './channel-store.ts';

/** The channel as the API shows it. */
export function channelResource(row: ChannelRow): NotificationChannel {
  const kind = row.kind as ChannelType;
  return {
    id: row.id,
    type: 'notification_channel',
    attributes: {
      channel_type: kind,
      name: row.name,
      ...targetOf(kind, row.target),
      min_severity: row.min_severity as SeverityLevel,
      ...(kind === 'webhook' && { payload: WebhookPayload.parse(row.payload) }),
      created_at: row.created_at.toISOString(),
      updated_at: row.updated_at.toISOString(),
      ...(row.last_attempt_at && { last_attempt_at: row.last_attempt_at.toISOString() }),
      ...(row.last_delivered_at && { last_delivered_at: row.last_delivered_at.toISOString() }),
      ...(row.last_error !== null && { last_error: row.last_error }),
    },
  };
}

function targetOf(kind: ChannelType, target: string) {
  if (kind === 'webhook') return { url: target };
  return kind === 'slack' ? { host: target } : { recipients: target.split(',') };
}

/** The channel as the audit log tells of it: the query of an address may hold a password. */
export function notedChannel(row: ChannelRow) {
  const target = row.kind === 'webhook' ? row.target.split('?')[0] : row.target;
  return {
    channel_type: row.kind,
    name: row.name,
    target,
    min_severity: row.min_severity,
    ...(row.kind === 'webhook' && { payload: row.payload }),
  };
}

/** What the audit log calls a channel. */
export function namedChannel({ id, name }: Pick<ChannelRow, 'id' | 'name'>) {
  return { type: 'notification_channel', id, name };
}
