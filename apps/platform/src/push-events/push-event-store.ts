import type { PushEvent, PushEventOutcome } from '@plimsoll/contracts';
import { sql, type Kysely, type Selectable } from 'kysely';
import { createdAtMs, readSlice, type PagePosition, type Slice } from '../database/read-slice.ts';
import type { Database, PushEventTable } from '../database/schema.ts';
import { storable } from '../database/storable.ts';

export type PushEventRow = Selectable<PushEventTable>;

/** Events are kept for people who look for what became of a push, days. */
const keptDays = 7;

/**
 * Notes events of an integration.
 * @returns the ids of those that were not there before.
 */
export async function putPushEvents(
  db: Kysely<Database>,
  integrationId: string,
  events: readonly PushEvent[],
): Promise<string[]> {
  const rows = await db
    .insertInto('push_event')
    .values(
      events.map((event) => ({
        id: event.id,
        integration_id: integrationId,
        sender: event.sender,
        repository: event.repository,
        tag: event.tag,
        digest: event.digest ?? null,
        pushed_at: event.pushedAt === undefined ? null : new Date(event.pushedAt),
        received_at: new Date(event.receivedAt),
      })),
    )
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** Whether an integration has as many events to be looked at as it may have. */
export async function hasTooManyEvents(
  db: Kysely<Database>,
  integrationId: string,
  most: number,
): Promise<boolean> {
  const row = await db
    .selectFrom('push_event')
    .select('id')
    .where('integration_id', '=', integrationId)
    .where('outcome', 'is', null)
    .offset(most - 1)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** An event that nothing became of yet. */
export async function undecidedEvent(db: Kysely<Database>, id: string): Promise<PushEventRow | undefined> {
  return await db
    .selectFrom('push_event')
    .selectAll()
    .where('id', '=', id)
    .where('outcome', 'is', null)
    .executeTakeFirst();
}

/** Notes what became of an event, and why. */
export async function decideEvent(
  db: Kysely<Database>,
  id: string,
  outcome: PushEventOutcome,
  reason: string,
): Promise<void> {
  await db
    .updateTable('push_event')
    .set({ outcome, reason: storable(reason), decided_at: new Date() })
    .where('id', '=', id)
    .execute();
}

/** Notes that the registry could not be asked about an event. */
export async function countAttempt(db: Kysely<Database>, id: string): Promise<void> {
  await sql`update push_event set attempts = attempts + 1 where id = ${id}`.execute(db);
}

/** A page of an integration's events, newest first. */
export async function listPushEvents(
  db: Kysely<Database>,
  integrationId: string,
  position: PagePosition,
  limit: number,
): Promise<Slice<PushEventRow>> {
  const query = db.selectFrom('push_event').selectAll().where('integration_id', '=', integrationId);
  return await readSlice(query, [createdAtMs, 'id'], position, limit, 'desc');
}

/** Forgets events that are old. */
export async function forgetOldEvents(db: Kysely<Database>): Promise<void> {
  await sql`delete from push_event where created_at < now() - make_interval(days => ${keptDays})`.execute(db);
}
