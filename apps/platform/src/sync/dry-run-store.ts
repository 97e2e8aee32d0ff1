import { DryRunMeta, DryRunReason, DryRunResult, ImportPolicy } from '@plimsoll/contracts';
import { sql, type Kysely, type Selectable } from 'kysely';
import type { Database } from '../database/schema.ts';
import { storable } from '../database/storable.ts';
import type { DryRunTable } from '../database/sync-tables.ts';

export type DryRunRow = Selectable<DryRunTable>;

/** Unfinished dry runs that one integration may have, and days that a dry run is kept (platform-api.md A20). */
export const dryRunLimits = { unfinished: 3, days: 7 } as const;

/** A dry run that waits longer than this for somebody to work on it never will be, minutes. */
const maxPendingMinutes = 60;

/** Makes a dry run; undefined when the integration has as many unfinished ones as it may have. */
export async function addDryRun(
  db: Kysely<Database>,
  integrationId: string,
  policy: ImportPolicy,
): Promise<string | undefined> {
  // Two requests at once must not both be the third.
  await db.selectFrom('integration').select('id').where('id', '=', integrationId).forUpdate().execute();
  const unfinished = await db
    .selectFrom('dry_run')
    .select('id')
    .where('integration_id', '=', integrationId)
    .where('status', 'in', ['pending', 'running'])
    .execute();
  if (unfinished.length >= dryRunLimits.unfinished) return undefined;
  const row = await db
    .insertInto('dry_run')
    .values({ integration_id: integrationId, policy: JSON.stringify(policy) })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

/** A dry run of an integration; undefined when there is none or it is too old. */
export async function findDryRun(
  db: Kysely<Database>,
  integrationId: string,
  id: string,
): Promise<DryRunRow | undefined> {
  return await db
    .selectFrom('dry_run')
    .selectAll()
    .where('integration_id', '=', integrationId)
    .where('id', '=', id)
    .where('created_at', '>', sql<Date>`now() - make_interval(days => ${dryRunLimits.days})`)
    .executeTakeFirst();
}

/** Takes a dry run that nobody has worked on. */
export async function startDryRun(
  db: Kysely<Database>,
  id: string,
  leaseSeconds: number,
): Promise<{ integrationId: string; policy: ImportPolicy; startedAt: Date } | undefined> {
  const { rows } = await sql<DryRunRow>`
    update dry_run set status = 'running', started_at = date_trunc('milliseconds', now()),
      lease_until = now() + make_interval(secs => ${leaseSeconds})
    where id = ${id} and status = 'pending' returning *`.execute(db);
  const [row] = rows;
  if (!row?.started_at) return undefined;
  return {
    integrationId: row.integration_id,
    policy: ImportPolicy.parse(row.policy),
    startedAt: row.started_at,
  };
}

/** Keeps the lease of a dry run for another while. */
export async function renewDryRun(db: Kysely<Database>, id: string, leaseSeconds: number): Promise<void> {
  await sql`
    update dry_run set lease_until = now() + make_interval(secs => ${leaseSeconds})
    where id = ${id} and status = 'running'`.execute(db);
}

export type DryRunOutcome = {
  readonly result: DryRunResult;
  readonly meta: DryRunMeta;
  readonly reasons: readonly DryRunReason[];
};

/** Ends a dry run with what it found, or with the reason why it found nothing. */
export async function endDryRun(
  db: Kysely<Database>,
  id: string,
  end: DryRunOutcome | { readonly error: string },
): Promise<void> {
  await db
    .updateTable('dry_run')
    .set({
      completed_at: new Date(),
      lease_until: null,
      ...('error' in end
        ? { status: 'failed', error_message: storable(end.error) }
        : {
            status: 'completed',
            result: JSON.stringify(end.result),
            meta: JSON.stringify({ ...end.meta, warnings: end.meta.warnings.map(storable) }),
            reasons: JSON.stringify(end.reasons),
          }),
    })
    .where('id', '=', id)
    .where('status', '=', 'running')
    .execute();
}

/** Ends the dry runs whose worker died, and forgets the old ones. */
export async function sweepDryRuns(db: Kysely<Database>): Promise<void> {
  await sql`
    update dry_run set status = 'failed', started_at = coalesce(started_at, created_at), completed_at = now(),
      error_message = 'The dry run was interrupted; start another one.'
    where (status = 'running' and lease_until < now())
      or (status = 'pending' and created_at < now() - make_interval(mins => ${maxPendingMinutes}))`.execute(
    db,
  );
  await sql`delete from dry_run where created_at < now() - make_interval(days => ${dryRunLimits.days})`.execute(
    db,
  );
}
