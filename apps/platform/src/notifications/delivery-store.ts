import { sql, type Kysely, type Selectable } from 'kysely';
import type { NotificationDeliveryTable } from '../database/notification-tables.ts';
import { createdAtMs, readSlice, type PagePosition, type Slice } from '../database/read-slice.ts';
import type { Database } from '../database/schema.ts';
import { storable } from '../database/storable.ts';
import type { Message } from './message.ts';

export type DeliveryRow = Selectable<NotificationDeliveryTable>;

/** Days for which what was sent can be looked at. */
const keptDays = 7;

/** Notes a message that is to be sent. */
export async function addDelivery(
  db: Kysely<Database>,
  channelId: string,
  message: Message,
): Promise<string> {
  const { id } = await db
    .insertInto('notification_delivery')
    .values({ channel_id: channelId, message: JSON.stringify(message) })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** A message that waits, with its channel; undefined when it has ended or its channel is gone. */
export async function findPending(db: Kysely<Database>, id: string) {
  return await db
    .selectFrom('notification_delivery as delivery')
    .innerJoin('notification_channel as channel', 'channel.id', 'delivery.channel_id')
    .select([
      'delivery.id',
      'delivery.message',
      'delivery.attempts',
      'delivery.created_at',
      'channel.id as channel_id',
      'channel.kind',
      'channel.target',
      'channel.sealed_secret',
    ])
    .where('delivery.id', '=', id)
    .where('delivery.status', '=', 'pending')
    .executeTakeFirst();
}

/** Notes how an attempt ended: with an error the message waits for the next one, unless it was the last. */
export async function noteDelivery(
  db: Kysely<Database>,
  id: string,
  end: { readonly error?: string; readonly isLast: boolean },
): Promise<void> {
  const isOver = end.error === undefined || end.isLast;
  await db
    .updateTable('notification_delivery')
    .set((row) => ({
      attempts: row('attempts', '+', 1),
      last_error: end.error === undefined ? null : storable(end.error),
      ...(isOver && {
        finished_at: sql<Date>`now()`,
        status: end.error === undefined ? 'delivered' : 'failed',
      }),
    }))
    .where('id', '=', id)
    .execute();
}

/** A page of what was sent to a channel in the last days, newest first. */
export async function listDeliveries(
  db: Kysely<Database>,
  channelId: string,
  position: PagePosition,
  limit: number,
): Promise<Slice<DeliveryRow>> {
  const query = db.selectFrom('notification_delivery').selectAll().where('channel_id', '=', channelId);
  return await readSlice(query, [createdAtMs, 'id'], position, limit, 'desc');
}

/** Forgets what was sent some days ago. */
export async function sweepDeliveries(db: Kysely<Database>): Promise<void> {
  await sql`delete from notification_delivery where created_at < now() - make_interval(days => ${keptDays})`.execute(
    db,
  );
}
