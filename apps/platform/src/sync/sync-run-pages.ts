import { sql, type Kysely } from 'kysely';
import { readSlice, type PagePosition, type Slice } from '../database/read-slice.ts';
import type { Database } from '../database/schema.ts';
import type { SyncRunRow } from './sync-store.ts';

/** A page of an integration's runs, newest first. */
export async function listRuns(
  db: Kysely<Database>,
  integrationId: string,
  position: PagePosition,
  limit: number,
): Promise<Slice<SyncRunRow>> {
  const query = db.selectFrom('sync_run').selectAll().where('integration_id', '=', integrationId);
  // Times in cursors have milliseconds, those in the database microseconds.
  const startedAtMs = sql`date_trunc('milliseconds', started_at)`;
  return await readSlice(query, [startedAtMs, 'id'], position, limit, 'desc');
}

/** One run of an integration. */
export async function findRun(
  db: Kysely<Database>,
  integrationId: string,
  runId: string,
): Promise<SyncRunRow | undefined> {
  return await db
    .selectFrom('sync_run')
    .selectAll()
    .where('integration_id', '=', integrationId)
    .where('id', '=', runId)
    .executeTakeFirst();
}

/** The newest run of each of these integrations. */
export async function latestRuns(
  db: Kysely<Database>,
  integrationIds: readonly string[],
): Promise<Map<string, SyncRunRow>> {
  const rows = await db
    .selectFrom('sync_run')
    .selectAll()
    .distinctOn('integration_id')
    .where(sql<boolean>`integration_id = any(${integrationIds})`)
    .orderBy('integration_id')
    .orderBy('started_at', 'desc')
    .orderBy('id', 'desc')
    .execute();
  return new Map(rows.map((row) => [row.integration_id, row]));
}
