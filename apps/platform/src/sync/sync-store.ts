import { sql, type Kysely, type Selectable } from 'kysely';
import type { Database, SyncRunTable } from '../database/schema.ts';
import { storable } from '../database/storable.ts';

export type SyncRunRow = Selectable<SyncRunTable>;

/** Most warnings a run keeps. */
const maxWarnings = 1_000;

/**
 * Makes a run.
 * @returns its id; undefined when the integration has an unfinished one.
 */
export async function insertRun(db: Kysely<Database>, integrationId: string): Promise<string | undefined> {
  const row = await db
    .insertInto('sync_run')
    .values({ integration_id: integrationId, finished_at: null, listing_complete: null, error_message: null })
    .onConflict((conflict) => conflict.column('integration_id').where('finished_at', 'is', null).doNothing())
    .returning('id')
    .executeTakeFirst();
  return row?.id;
}

/** Takes the lease of a run that is to be listed and that nobody works on; undefined when there is nothing to take. */
export async function leaseRun(
  db: Kysely<Database>,
  runId: string,
  leaseSeconds: number,
): Promise<SyncRunRow | undefined> {
  const { rows } = await sql<SyncRunRow>`
    update sync_run set status = 'listing', lease_until = now() + make_interval(secs => ${leaseSeconds})
    where id = ${runId} and status in ('pending', 'listing') and finished_at is null
      and (lease_until is null or lease_until < now())
    returning *`.execute(db);
  return rows[0];
}

/**
 * Keeps the lease of a run for another while.
 * @returns false when the run has ended, for example because its integration was removed.
 */
export async function renewLease(
  db: Kysely<Database>,
  runId: string,
  leaseSeconds: number,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update sync_run set lease_until = now() + make_interval(secs => ${leaseSeconds})
    where id = ${runId} and status = 'listing' and finished_at is null`.execute(db);
  return numAffectedRows === 1n;
}

/** Leaves a run for later, at most so many seconds. `isAttempt`: it went wrong, and shall not do so for ever. */
export async function postponeRun(
  db: Kysely<Database>,
  runId: string,
  { delaySeconds, isAttempt }: { readonly delaySeconds: number; readonly isAttempt: boolean },
): Promise<void> {
  await sql`
    update sync_run set lease_until = now() + make_interval(secs => ${delaySeconds}),
      attempts = attempts + ${isAttempt ? 1 : 0}
    where id = ${runId} and finished_at is null`.execute(db);
}

export type RunProgress = { readonly repositories: number; readonly tags: number };

export async function setProgress(db: Kysely<Database>, runId: string, progress: RunProgress): Promise<void> {
  await db.updateTable('sync_run').set(progress).where('id', '=', runId).execute();
}

/** Adds to what a run has done so far; in the transaction that does it, so that nothing is counted twice. */
export async function addToRun(
  db: Kysely<Database>,
  runId: string,
  done: { readonly imported?: number; readonly pruned?: number },
): Promise<void> {
  await sql`
    update sync_run set to_import = to_import + ${done.imported ?? 0}, pruned = pruned + ${done.pruned ?? 0}
    where id = ${runId}`.execute(db);
}

/** Notes that a run has listed, imported and pruned, and only waits for its scans. */
export async function markListed(
  db: Kysely<Database>,
  runId: string,
  { isComplete, warnings }: { readonly isComplete: boolean; readonly warnings: readonly string[] },
): Promise<void> {
  const more = warnings.length - maxWarnings;
  const kept = more > 0 ? [...warnings.slice(0, maxWarnings), `${more} more warnings`] : warnings;
  await db
    .updateTable('sync_run')
    .set({
      status: 'scanning',
      listing_complete: isComplete,
      warnings: JSON.stringify(kept.map(storable)),
      lease_until: null,
    })
    .where('id', '=', runId)
    .where('status', '=', 'listing')
    .execute();
}

/** Ends a run that waits for its scans, or a run that cannot go on. */
export async function endRun(
  db: Kysely<Database>,
  runId: string,
  end: { readonly status: 'completed' } | { readonly status: 'failed'; readonly message: string },
): Promise<void> {
  await db
    .updateTable('sync_run')
    .set({
      status: end.status,
      finished_at: new Date(),
      lease_until: null,
      ...(end.status === 'failed' && { error_message: storable(end.message) }),
    })
    .where('id', '=', runId)
    .where('finished_at', 'is', null)
    .execute();
}

/** Reads a run and keeps others from changing it until the transaction ends. */
export async function lockRun(db: Kysely<Database>, runId: string): Promise<SyncRunRow | undefined> {
  return await db.selectFrom('sync_run').selectAll().where('id', '=', runId).forUpdate().executeTakeFirst();
}

/** Runs that nobody works on although they have something to list. */
export async function abandonedRunIds(db: Kysely<Database>): Promise<string[]> {
  const rows = await db
    .selectFrom('sync_run')
    .select('id')
    .where('finished_at', 'is', null)
    .where('status', 'in', ['pending', 'listing'])
    .where((where) =>
      where.or([where('lease_until', 'is', null), where('lease_until', '<', sql<Date>`now()`)]),
    )
    .execute();
  return rows.map(({ id }) => id);
}

/** When the last run that was completed began; undefined when there was none. */
export async function lastCompletedStart(
  db: Kysely<Database>,
  integrationId: string,
): Promise<Date | undefined> {
  const row = await db
    .selectFrom('sync_run')
    .select('started_at')
    .where('integration_id', '=', integrationId)
    .where('status', '=', 'completed')
    .orderBy('started_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.started_at;
}
