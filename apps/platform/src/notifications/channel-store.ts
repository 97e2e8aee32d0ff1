import type { ChannelType, SeverityLevel, WebhookPayload } from '@plimsoll/contracts';
import { sql, type Kysely, type Selectable } from 'kysely';
import type { NotificationChannelTable } from '../database/notification-tables.ts';
import { createdAtMs, readSlice, type PagePosition, type Slice } from '../database/read-slice.ts';
import type { Database } from '../database/schema.ts';
import { storable } from '../database/storable.ts';

export type ChannelRow = Selectable<NotificationChannelTable>;

/** A page of an organization's channels, oldest first. */
export async function listChannels(
  db: Kysely<Database>,
  orgId: string,
  position: PagePosition,
  limit: number,
): Promise<Slice<ChannelRow>> {
  const query = db.selectFrom('notification_channel').selectAll().where('org_id', '=', orgId);
  return await readSlice(query, [createdAtMs, 'id'], position, limit);
}

/** All channels of an organization, of one kind when that is told. */
export async function channelsOf(
  db: Kysely<Database>,
  orgId: string,
  kind?: ChannelType,
): Promise<ChannelRow[]> {
  let query = db.selectFrom('notification_channel').selectAll().where('org_id', '=', orgId);
  if (kind) query = query.where('kind', '=', kind);
  return await query.orderBy('created_at').orderBy('id').execute();
}

/** One channel of an organization. */
export async function findChannel(
  db: Kysely<Database>,
  orgId: string,
  id: string,
): Promise<ChannelRow | undefined> {
  return await db
    .selectFrom('notification_channel')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .executeTakeFirst();
}

export type NewChannel = {
  readonly id: string;
  readonly orgId: string;
  readonly kind: ChannelType;
  readonly name: string;
  readonly target: string;
  readonly sealedSecret: Buffer | null;
  readonly minSeverity: SeverityLevel;
  readonly payload?: WebhookPayload | undefined;
};

/** Most channels of one organization: each digest goes to all of them. */
export const maxChannels = 50;

/** Makes a channel; undefined when there are as many as there may be. Run it in a transaction. */
export async function addChannel(db: Kysely<Database>, channel: NewChannel): Promise<ChannelRow | undefined> {
  await db.selectFrom('organization').select('id').where('id', '=', channel.orgId).forUpdate().execute();
  const existing = await channelsOf(db, channel.orgId);
  if (existing.length >= maxChannels) return undefined;
  // Whoever is told for the first time is not told of what was there before.
  if (existing.length === 0) await tellFromNowOn(db, channel.orgId);
  return await db
    .insertInto('notification_channel')
    .values({
      id: channel.id,
      org_id: channel.orgId,
      kind: channel.kind,
      name: channel.name,
      target: channel.target,
      sealed_secret: channel.sealedSecret,
      min_severity: channel.minSeverity,
      ...(channel.payload !== undefined && { payload: channel.payload }),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

async function tellFromNowOn(db: Kysely<Database>, orgId: string): Promise<void> {
  await sql`
    insert into notified_event (org_id, finding_event_id)
    select ${orgId}, coalesce(max(id), 0) from finding_event
    on conflict (org_id) do update set finding_event_id = excluded.finding_event_id`.execute(db);
}

/** Changes a channel; what is not named stays. */
export async function changeChannel(
  db: Kysely<Database>,
  id: string,
  change: Partial<Pick<ChannelRow, 'name' | 'target' | 'sealed_secret' | 'min_severity' | 'payload'>>,
): Promise<ChannelRow> {
  return await db
    .updateTable('notification_channel')
    .set({ ...change, updated_at: new Date() })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Removes a channel with what was to be sent there. */
export async function removeChannel(db: Kysely<Database>, id: string): Promise<void> {
  await db.deleteFrom('notification_channel').where('id', '=', id).execute();
}

/** Notes how the last attempt to reach a channel ended. */
export async function noteAttempt(
  db: Kysely<Database>,
  id: string,
  error: string | undefined,
): Promise<void> {
  const now = sql<Date>`now()`;
  await db
    .updateTable('notification_channel')
    .set({
      last_attempt_at: now,
      last_error: error === undefined ? null : storable(error),
      ...(error === undefined && { last_delivered_at: now }),
    })
    .where('id', '=', id)
    .execute();
}

/** Organizations that have channels, with the last event they were told of. */
export async function organizationsToTell(db: Kysely<Database>): Promise<{ orgId: string; after: number }[]> {
  const rows = await db
    .selectFrom('notification_channel')
    .innerJoin('notified_event', 'notified_event.org_id', 'notification_channel.org_id')
    .select(['notified_event.org_id as orgId', 'finding_event_id as after'])
    .distinct()
    .execute();
  return rows;
}

/** Reads up to which event an organization was told, and keeps others from telling it until the transaction ends. */
export async function lockNotified(db: Kysely<Database>, orgId: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('notified_event')
    .select('finding_event_id')
    .where('org_id', '=', orgId)
    .forUpdate()
    .executeTakeFirst();
  return row?.finding_event_id;
}

/** Notes up to which event an organization was told. */
export async function setNotified(db: Kysely<Database>, orgId: string, eventId: number): Promise<void> {
  await db
    .updateTable('notified_event')
    .set({ finding_event_id: eventId })
    .where('org_id', '=', orgId)
    .execute();
}
