import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { SyncRunRow } from './sync-store.ts';

/** A run whose lease this process has, or had. */
export type LeasedRun = Pick<SyncRunRow, 'id' | 'lease_id'>;

/** The run has ended, or another process works on it: nothing that this process does to it counts any more. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** Takes the lease of a run that is to be listed and that nobody works on; undefined when there is nothing to take. */
export async function leaseRun(
  db: Kysely<Database>,
  runId: string,
  leaseSeconds: number,
): Promise<SyncRunRow | undefined> {
  const { rows } = await sql<SyncRunRow>`
    update sync_run set status = 'listing', lease_until = now() + make_interval(secs => ${leaseSeconds}),
      lease_id = gen_random_uuid()
    where id = ${runId} and status in ('pending', 'listing') and finished_at is null
      and (lease_until is null or lease_until < now())
    returning *`.execute(db);
  return rows[0];
}

/**
 * Keeps the lease of a run for another while.
 * @returns false when it is lost: the run has ended or another process has it.
 */
export async function renewLease(
  db: Kysely<Database>,
  run: LeasedRun,
  leaseSeconds: number,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update sync_run set lease_until = now() + make_interval(secs => ${leaseSeconds})
    where ${isLeased(run)}`.execute(db);
  return numAffectedRows === 1n;
}

/** Leaves a run for later, at most so many seconds. `isAttempt`: it went wrong, and shall not do so for ever. */
export async function postponeRun(
  db: Kysely<Database>,
  run: LeasedRun,
  { delaySeconds, isAttempt }: { readonly delaySeconds: number; readonly isAttempt: boolean },
): Promise<void> {
  await sql`
    update sync_run set lease_until = now() + make_interval(secs => ${delaySeconds}),
      attempts = attempts + ${isAttempt ? 1 : 0}, lease_id = null
    where ${isLeased(run)}`.execute(db);
}

/** The condition that a run is still this process's to work on. */
export function isLeased({ id, lease_id: leaseId }: LeasedRun) {
  return sql<boolean>`id = ${id} and lease_id = ${leaseId} and status = 'listing' and finished_at is null`;
}

/** Runs that nobody works on although they have something to list, but for those of resting integrations. */
export async function abandonedRunIds(db: Kysely<Database>, paused: readonly string[]): Promise<string[]> {
  const rows = await db
    .selectFrom('sync_run')
    .select('id')
    .where('finished_at', 'is', null)
    .where('status', 'in', ['pending', 'listing'])
    .where(sql<boolean>`integration_id <> all(${paused})`)
    .where((where) =>
      where.or([where('lease_until', 'is', null), where('lease_until', '<', sql<Date>`now()`)]),
    )
    .execute();
  return rows.map(({ id }) => id);
}
