import { imageName } from '@plimsoll/policy';
import { sql, type Kysely, type Selectable } from 'kysely';
import { inTransaction } from '../database/in-transaction.ts';
import type { Database } from '../database/schema.ts';
import type { SyncRunTable } from '../database/sync-tables.ts';
import { ApiProblem } from '../http/api-problem.ts';
import { restoreProjects, snapshotName, takeProjects } from '../projects/project-snapshots.ts';
import { surelyListedAfter } from './observation-store.ts';
import { imagesToldSince } from './pushed-image-store.ts';
import { lockSome, setPruned, setPruneState, undoDays } from './prune-store.ts';
import { jobNames } from './request-run.ts';
import type { SyncDeps } from './sync-deps.ts';
import { lockRun, noteProjects, setRunPrune } from './sync-store.ts';

/** Projects per transaction. */
const chunk = 500;

/** Has the projects deleted that a run holds. Only the newest run can say what is to go. */
export async function confirmPrune(
  { db, jobs }: Pick<SyncDeps, 'db' | 'jobs'>,
  integrationId: string,
  runId: string,
): Promise<void> {
  await inTransaction(db, async (transaction) => {
    const run = await lockDecided(transaction, integrationId, runId);
    if (run.state !== 'held') throw new ApiProblem('conflict', 'The sync run holds no deletion');
    if (run.later) {
      throw new ApiProblem('conflict', 'A later sync run has begun; look at what that one decides');
    }
    await setRunPrune(transaction, runId, 'confirmed');
    await jobs.send(jobNames.prune, { runId }, { singletonKey: runId, transaction });
  });
}

/** Has the projects restored that a run deleted. */
export async function undoPrune(
  { db, jobs }: Pick<SyncDeps, 'db' | 'jobs'>,
  integrationId: string,
  runId: string,
): Promise<void> {
  await inTransaction(db, async (transaction) => {
    const run = await lockDecided(transaction, integrationId, runId);
    if (run.state !== 'pruned') throw new ApiProblem('conflict', 'The sync run has deleted nothing');
    if (run.late) {
      throw new ApiProblem('conflict', `What a sync run deleted can be restored for ${undoDays} days`);
    }
    await setRunPrune(transaction, runId, 'undoing');
    await jobs.send(jobNames.prune, { runId }, { singletonKey: runId, transaction });
  });
}

type Decided = { state: string | null; later: boolean; late: boolean };

async function lockDecided(db: Kysely<Database>, integrationId: string, runId: string): Promise<Decided> {
  const { rows } = await sql<Decided>`
    select prune_state as state, prune_changed_at < now() - make_interval(days => ${undoDays}) as late,
      exists (select from sync_run later where later.integration_id = run.integration_id
        and later.started_at > run.started_at) as later
    from sync_run run where id = ${runId} and integration_id = ${integrationId} for update`.execute(db);
  const [run] = rows;
  if (!run) throw new ApiProblem('not-found', 'The sync run does not exist');
  return run;
}

/**
 * Does what a person decided about a run's deletions, part by part; it may end anywhere and be started again, also while
 * another process does it: the parts are done one after the other, each only while it is still what is to be done.
 */
export async function carryOutPrune(deps: SyncDeps, runId: string, signal: AbortSignal): Promise<void> {
  const run = await deps.db
    .selectFrom('sync_run')
    .select(['id', 'integration_id', 'started_at', 'prune_state'])
    .where('id', '=', runId)
    .executeTakeFirst();
  const state = run?.prune_state;
  if (!run || (state !== 'confirmed' && state !== 'undoing')) return;
  const [work, end] =
    state === 'confirmed' ? [deleteSome, 'pruned' as const] : [restoreSome, 'undone' as const];
  let done = 0;
  for (let isOver = false; !isOver;) {
    signal.throwIfAborted();
    isOver = await deps.db.transaction().execute(async (transaction) => {
      // Who waited for rows of another's part would see that part only, and take it for the last one.
      await sql`select pg_advisory_xact_lock(hashtextextended(${`prune ${runId}`}, 0))`.execute(transaction);
      const count = await work(deps, transaction, run);
      done += count;
      if ((await lockRun(transaction, runId))?.prune_state !== state) return true;
      if (count === 0) await setRunPrune(transaction, runId, end);
      return count === 0;
    });
  }
  deps.log.info({ runId, projects: done }, state === 'confirmed' ? 'held projects pruned' : 'prune undone');
}

type DecidedRun = Pick<Selectable<SyncRunTable>, 'id' | 'integration_id' | 'started_at'>;

async function deleteSome(_deps: SyncDeps, db: Kysely<Database>, run: DecidedRun): Promise<number> {
  const { id: runId } = run;
  const held = await lockSome(db, runId, 'held', chunk);
  // What was pushed since the run listed it is not gone.
  const told = await imagesToldSince(db, run.integration_id, surelyListedAfter(run.started_at));
  const taken = await takeProjects(
    db,
    held.filter((image) => !told.has(imageName(image))).map(({ id }) => id),
  );
  await setPruned(db, runId, taken);
  await noteProjects(db, run, 'org.project.delete', taken.map(snapshotName));
  const gone = new Set(taken.map(({ id }) => id));
  // Somebody has pushed them meanwhile, deleted them, imported them by hand, or wants to keep them.
  await setPruneState(
    db,
    runId,
    held.map(({ id }) => id).filter((id) => !gone.has(id)),
    'left',
  );
  await sql`
    update sync_run set pruned = pruned + ${taken.length}, held = held - ${held.length} where id = ${runId}`.execute(
    db,
  );
  return held.length;
}

async function restoreSome(
  { refreshCounts }: SyncDeps,
  db: Kysely<Database>,
  run: DecidedRun,
): Promise<number> {
  const { id: runId } = run;
  const pruned = await lockSome(db, runId, 'pruned', chunk);
  const snapshots = pruned.flatMap(({ id, snapshot }) => (snapshot ? [{ id, snapshot }] : []));
  const { projectIds, imageIds } = await restoreProjects(db, snapshots);
  const restored = new Set(projectIds);
  await setPruneState(db, runId, projectIds, 'restored');
  const back = snapshots.filter(({ id }) => restored.has(id));
  await noteProjects(db, run, 'org.project.restore', back.map(snapshotName));
  await setPruneState(
    db,
    runId,
    pruned.flatMap(({ id }) => (restored.has(id) ? [] : id)),
    'replaced',
  );
  await sql`update sync_run set restored = restored + ${projectIds.length} where id = ${runId}`.execute(db);
  // Advisories may have changed while they were gone.
  if (imageIds.length > 0) await refreshCounts(db, imageIds);
  return pruned.length;
}
