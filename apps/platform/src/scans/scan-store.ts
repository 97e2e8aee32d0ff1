import type { ScanFailure } from '@plimsoll/contracts';
import { sql, type Kysely, type Selectable } from 'kysely';
import type { Database, ScanTable } from '../database/schema.ts';

export type Scan = Selectable<ScanTable>;

/** What is to be scanned: one image by the name it is asked for with. */
export type ScanTarget = {
  readonly repository: string;
  /** A digest, or a tag whose digest nobody could tell yet. */
  readonly reference: string;
  readonly platform: string;
};

/**
 * Finds unfinished scans of these references, and keeps them from finishing until the transaction ends, so that a
 * project that is told to wait for one is not forgotten by it.
 */
export async function holdUnfinishedScans(
  db: Kysely<Database>,
  integrationId: string,
  references: readonly string[],
): Promise<Pick<Scan, 'id' | 'repository' | 'reference' | 'platform'>[]> {
  return await db
    .selectFrom('scan')
    .select(['id', 'repository', 'reference', 'platform'])
    .where('integration_id', '=', integrationId)
    .where(sql<boolean>`reference = any(${references})`)
    .where('finished_at', 'is', null)
    .orderBy('id')
    .forShare()
    .execute();
}

/** Makes scans; one that is under way already in another transaction is left alone and not returned. */
export async function insertScans(
  db: Kysely<Database>,
  owner: { readonly orgId: string; readonly integrationId: string; readonly syncRunId: string | null },
  targets: readonly ScanTarget[],
): Promise<Pick<Scan, 'id' | 'repository' | 'reference' | 'platform'>[]> {
  if (targets.length === 0) return [];
  return await db
    .insertInto('scan')
    .values(
      targets.map((target) => ({
        org_id: owner.orgId,
        integration_id: owner.integrationId,
        sync_run_id: owner.syncRunId,
        ...target,
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['integration_id', 'repository', 'reference', 'platform'])
        .where('finished_at', 'is', null)
        .doNothing(),
    )
    .returning(['id', 'repository', 'reference', 'platform'])
    .execute();
}

/** How often an agent may take a scan and fail before the scan has failed. */
export const maxAttempts = 5;

/**
 * Takes the scan that has waited longest, or one whose lease is over, and leases it, so that nobody else asks an agent for it. It counts as an
 * attempt from now on, since its end may be told before the agent's answer is read. While the sync rests, only scans
 * that a person or a recurring test asked for are taken.
 */
export async function leaseNextScan(
  db: Kysely<Database>,
  integrationId: string,
  leaseSeconds: number,
  { isSyncPaused }: { readonly isSyncPaused: boolean },
): Promise<Scan | undefined> {
  const { rows } = await sql<Scan>`
    update scan set status = 'dispatched', dispatched_at = now(), attempts = attempts + 1,
      ${leaseFor(leaseSeconds)}
    where id = (
      select id from scan
      where integration_id = ${integrationId} and finished_at is null
        and (sync_run_id is null or not ${isSyncPaused}::boolean) and (
        (status = 'requested' and (not_before is null or not_before <= now()))
        or (status = 'dispatched' and lease_until < now() and attempts < ${maxAttempts}))
      order by requested_at, id limit 1 for update skip locked
    )
    returning *`.execute(db);
  return rows[0];
}

/**
 * Leaves a dispatched scan to the agent that took it; one that the agent had taken before is no further attempt.
 * @returns false when the scan is not dispatched any more, for example because its end was told already.
 */
export async function extendLease(
  db: Kysely<Database>,
  scanId: string,
  leaseSeconds: number,
  { repeated }: { readonly repeated: boolean },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update scan set ${leaseFor(leaseSeconds)}, attempts = attempts - ${repeated ? 1 : 0}
    where id = ${scanId} and status = 'dispatched' and finished_at is null`.execute(db);
  return numAffectedRows === 1n;
}

/** Puts a dispatched scan back among those to ask for, after a delay of so many seconds. */
export async function requestAgain(
  db: Kysely<Database>,
  scanId: string,
  {
    delaySeconds = 0,
    isAttempt,
  }: {
    readonly delaySeconds?: number;
    /** False when the agent did not try: the attempt does not count. */
    readonly isAttempt: boolean;
  },
): Promise<void> {
  await sql`
    update scan set status = 'requested', dispatched_at = null, lease_until = null,
      not_before = now() + make_interval(secs => ${delaySeconds}),
      attempts = attempts - ${isAttempt ? 0 : 1}
    where id = ${scanId} and status = 'dispatched' and finished_at is null`.execute(db);
}

/** Notes that a scan's result is stored and is being matched. */
export async function markReceived(db: Kysely<Database>, scanId: string, imageId: number): Promise<void> {
  await db
    .updateTable('scan')
    .set({ status: 'received', image_id: imageId, lease_until: null })
    .where('id', '=', scanId)
    .execute();
}

/**
 * Ends a scan.
 * @returns false when it had ended before.
 */
export async function endScan(
  db: Kysely<Database>,
  scanId: string,
  end: { readonly status: 'received' } | { readonly status: 'failed'; readonly failure: ScanFailure },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('scan')
    .set({
      status: end.status,
      finished_at: new Date(),
      lease_until: null,
      ...(end.status === 'failed' && { failure: JSON.stringify(end.failure) }),
    })
    .where('id', '=', scanId)
    .where('finished_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Reads a scan; with `lock`, so that nobody changes it until the transaction ends. */
export async function findScan(
  db: Kysely<Database>,
  scanId: string,
  { lock }: { readonly lock: boolean },
): Promise<Scan | undefined> {
  const query = db.selectFrom('scan').selectAll().where('id', '=', scanId);
  return await (lock ? query.forUpdate() : query).executeTakeFirst();
}

/** Dispatched scans whose agent has not been heard of until their lease was over. */
export async function expiredScans(db: Kysely<Database>, limit: number): Promise<Scan[]> {
  return await db
    .selectFrom('scan')
    .selectAll()
    .where('finished_at', 'is', null)
    .where('status', '=', 'dispatched')
    .where('lease_until', '<', sql<Date>`now()`)
    .orderBy('lease_until')
    .limit(limit)
    .execute();
}

/** Scans whose result is stored but which have not ended. */
export async function receivedScanIds(db: Kysely<Database>, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('scan')
    .select('id')
    .where('finished_at', 'is', null)
    .where('status', '=', 'received')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

/** Integrations whose agent could be asked for a scan now. */
export async function integrationsWithRequestedScans(db: Kysely<Database>): Promise<string[]> {
  const rows = await db
    .selectFrom('scan')
    .select('integration_id')
    .distinct()
    .where('status', '=', 'requested')
    .where('finished_at', 'is', null)
    .where((where) =>
      where.or([where('not_before', 'is', null), where('not_before', '<=', sql<Date>`now()`)]),
    )
    .execute();
  return rows.map((row) => row.integration_id);
}

/** Whether a run still waits for a scan. */
export async function hasUnfinishedScans(db: Kysely<Database>, syncRunId: string): Promise<boolean> {
  const scan = await db
    .selectFrom('scan')
    .select('id')
    .where('sync_run_id', '=', syncRunId)
    .where('finished_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
  return scan !== undefined;
}

export type ScanCounts = { readonly requested: number; readonly finished: number; readonly failed: number };

/** Counts the scans that runs asked for: all of them, those that have ended, and those of them that failed. */
export async function countScans(
  db: Kysely<Database>,
  syncRunIds: readonly string[],
): Promise<Map<string, ScanCounts>> {
  const { rows } = await sql<ScanCounts & { id: string }>`
    select sync_run_id as id, count(*) as requested,
      count(*) filter (where finished_at is not null) as finished,
      count(*) filter (where status = 'failed') as failed
    from scan where sync_run_id = any(${syncRunIds}) group by sync_run_id`.execute(db);
  return new Map(rows.map(({ id, ...counts }) => [id, counts]));
}

function leaseFor(seconds: number) {
  return sql`lease_until = now() + make_interval(secs => ${seconds})`;
}
