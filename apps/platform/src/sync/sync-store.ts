import type { AuditEvent } from '@plimsoll/contracts';
import type { SyncPlan } from '@plimsoll/policy';
import { sql, type Kysely, type Selectable } from 'kysely';
import { noteOfSystem, type Change } from '../audit/index.ts';
import { inTransaction } from '../database/in-transaction.ts';
import type { Database } from '../database/schema.ts';
import type { ScheduledPolicy } from '../integrations/policy-schedule.ts';
import type { SyncRunTable } from '../database/sync-tables.ts';
import { orgOfIntegration } from '../integrations/integration-store.ts';
import { storable } from '../database/storable.ts';
import { isLeased, LeaseLostError, type LeasedRun } from './run-lease.ts';

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

export type RunProgress = { readonly repositories: number; readonly tags: number };

export async function setProgress(db: Kysely<Database>, runId: string, progress: RunProgress): Promise<void> {
  await db.updateTable('sync_run').set(progress).where('id', '=', runId).execute();
}

/** The parts of a run, in their order. */
export type SyncStep = 'listing' | 'planning' | 'importing' | 'pruning' | 'scanning';

/** Notes what a run is at now. */
export async function enterStep(db: Kysely<Database>, run: LeasedRun, step: SyncStep): Promise<void> {
  await sql`
    update sync_run set steps = steps || jsonb_build_object('step', ${step}::text, 'started_at', now())
    where ${isLeased(run)}`.execute(db);
}

/**
 * Adds to what a run has done so far; in the transaction that does it, so that nothing is counted twice and nothing is
 * done for a run that has ended.
 * @throws {LeaseLostError}
 */
export async function addToRun(
  db: Kysely<Database>,
  run: LeasedRun,
  done: { readonly imported?: number; readonly rescans?: number; readonly pruned?: number },
): Promise<void> {
  const { imported = 0, rescans = 0, pruned = 0 } = done;
  const { numAffectedRows } = await sql`
    update sync_run set to_import = to_import + ${imported + rescans}, rescans = rescans + ${rescans},
      pruned = pruned + ${pruned}
    where ${isLeased(run)}`.execute(db);
  if (numAffectedRows !== 1n) throw new LeaseLostError('the sync run is not ours any more');
}

/** Notes what a run found by its plan, and what of it waits for a person. */
export async function notePlan(
  db: Kysely<Database>,
  run: LeasedRun,
  { counts, prune }: Pick<SyncPlan, 'counts' | 'prune'>,
): Promise<void> {
  const { held } = prune;
  // What an earlier pass has imported and deleted is not to be counted among what was there.
  await sql`
    update sync_run set matched = ${counts.matched}, already_imported = ${counts.alreadyImported},
      tombstoned = ${counts.tombstoned}, truncated = ${counts.truncated}
    where ${isLeased(run)} and to_import = 0 and pruned = 0`.execute(db);
  await sql`
    update sync_run set held = ${held?.toPrune.length ?? 0},
      prune_state = case when ${held !== undefined} then 'held' when pruned > 0 then 'pruned' end,
      prune_reason = case when ${held !== undefined} then coalesce(prune_reason, ${held?.reason ?? null}) end,
      prune_changed_at = case when ${held !== undefined} then now() else prune_changed_at end
    where ${isLeased(run)}`.execute(db);
}

/** Notes by what a run decides, so that its reasons can be told later. */
export async function noteRules(
  db: Kysely<Database>,
  run: LeasedRun,
  { policy, baselineAt }: Pick<ScheduledPolicy, 'policy' | 'baselineAt'>,
): Promise<void> {
  await sql`
    update sync_run set policy = ${JSON.stringify(policy)}::jsonb, policy_baseline_at = ${baselineAt}
    where ${isLeased(run)}`.execute(db);
}

/** Notes how far the deletions of a run are. */
export async function setRunPrune(
  db: Kysely<Database>,
  runId: string,
  state: 'confirmed' | 'pruned' | 'undoing' | 'undone',
): Promise<void> {
  await db
    .updateTable('sync_run')
    .set({ prune_state: state, prune_changed_at: new Date() })
    .where('id', '=', runId)
    .execute();
}

/** Adds warnings to a run, as many as it keeps. */
export async function addWarnings(
  db: Kysely<Database>,
  runId: string,
  warnings: readonly string[],
): Promise<void> {
  if (warnings.length === 0) return;
  await sql`
    update sync_run set warnings = (
      select coalesce(jsonb_agg(warning order by place), '[]') from (
        select warning, min(place) as place from (
          select warning, place from jsonb_array_elements(warnings) with ordinality as old(warning, place)
          union all
          select to_jsonb(warning), 1000000 + place from unnest(${warnings.map(storable)}::text[])
            with ordinality as new(warning, place)
        ) as every group by warning order by 2 limit ${maxWarnings}) as kept)
    where id = ${runId}`.execute(db);
}

/** Notes that a run has listed, imported and pruned, and only waits for its scans. */
export async function markListed(
  db: Kysely<Database>,
  run: LeasedRun,
  { isComplete }: { readonly isComplete: boolean },
): Promise<void> {
  await enterStep(db, run, 'scanning');
  const { numAffectedRows } = await sql`
    update sync_run set status = 'scanning', listing_complete = ${isComplete}, lease_until = null
    where ${isLeased(run)}`.execute(db);
  if (numAffectedRows !== 1n) throw new LeaseLostError('the sync run is not ours any more');
}

/**
 * Ends an unfinished run because a person says so.
 * @returns false when it had ended already.
 */
export async function endUnfinished(db: Kysely<Database>, runId: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('sync_run')
    .set({ status: 'cancelled', finished_at: new Date(), lease_until: null, lease_id: null })
    .where('id', '=', runId)
    .where('finished_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Runs that were cancelled in the last days. */
export async function cancelledRunIds(db: Kysely<Database>): Promise<string[]> {
  const rows = await db
    .selectFrom('sync_run')
    .select('id')
    .where('status', '=', 'cancelled')
    .where('finished_at', '>', sql<Date>`now() - interval '3 days'`)
    .execute();
  return rows.map(({ id }) => id);
}

/** The run of an integration that has not ended. */
export async function unfinishedRun(
  db: Kysely<Database>,
  integrationId: string,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('sync_run')
    .select('id')
    .where('integration_id', '=', integrationId)
    .where('finished_at', 'is', null)
    .executeTakeFirst();
  return row?.id;
}

/** Ends a run that waits for its scans, or a run that cannot go on; the audit log tells what it changed. */
export async function endRun(
  db: Kysely<Database>,
  runId: string,
  end: { readonly status: 'completed' } | { readonly status: 'failed'; readonly message: string },
): Promise<void> {
  await inTransaction(db, async (transaction) => {
    const run = await transaction
      .updateTable('sync_run')
      .set({
        status: end.status,
        finished_at: new Date(),
        lease_until: null,
        ...(end.status === 'failed' && { error_message: storable(end.message) }),
      })
      .where('id', '=', runId)
      .where('finished_at', 'is', null)
      .returning(['integration_id', 'to_import', 'pruned', 'status', 'error_message'])
      .executeTakeFirst();
    // Runs that found nothing to do would hide what people did.
    if (!run || (run.status === 'completed' && run.to_import === 0 && run.pruned === 0)) return;
    const { integration_id: integrationId, to_import: imported, pruned, status } = run;
    await noteOfSync(transaction, integrationId, 'org.container_import.policy.run', {
      resource: { type: 'sync_run', id: runId },
      after: {
        integration_id: integrationId,
        status,
        imported,
        pruned,
        ...(run.error_message !== null && { error_message: run.error_message }),
      },
    });
  });
}

/** Notes what sync changes for an integration, in the transaction that changes it. */
export async function noteOfSync(
  transaction: Kysely<Database>,
  integrationId: string,
  event: AuditEvent,
  change: Change,
): Promise<void> {
  const orgId = await orgOfIntegration(transaction, integrationId);
  if (orgId === undefined) return;
  await noteOfSystem(transaction, { orgId, actor: 'sync', event }, change);
}

/** Names of projects that one entry of the audit log tells; the list of the run has all. */
const notedNames = 100;

/** Notes projects that a run has deleted or restored. */
export async function noteProjects(
  transaction: Kysely<Database>,
  run: { readonly id: string; readonly integration_id: string },
  event: 'org.project.delete' | 'org.project.restore',
  names: readonly string[],
): Promise<void> {
  if (names.length === 0) return;
  await noteOfSync(transaction, run.integration_id, event, {
    resource: { type: 'sync_run', id: run.id },
    [event === 'org.project.delete' ? 'before' : 'after']: {
      integration_id: run.integration_id,
      projects: names.length,
      names: names.slice(0, notedNames),
    },
  });
}

/** Reads a run and keeps others from changing it until the transaction ends. */
export async function lockRun(db: Kysely<Database>, runId: string): Promise<SyncRunRow | undefined> {
  return await db.selectFrom('sync_run').selectAll().where('id', '=', runId).forUpdate().executeTakeFirst();
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
