import { imageName, type Doomed, type Verdict } from '@plimsoll/policy';
import { scheduledPolicy } from '../integrations/policy-schedule.ts';
import { snapshotName, takeProjects } from '../projects/project-snapshots.ts';
import { releaseProjects, type ProjectImage } from '../projects/project-writes.ts';
import { defaultPlatform } from '../scans/default-platform.ts';
import { requestScans } from '../scans/request-scans.ts';
import { wakeDispatch } from '../scans/scan-jobs.ts';
import type { Listing } from './list-registry.ts';
import { isInBaseline, surelyListedAfter } from './observation-store.ts';
import { planRun } from './plan-run.ts';
import { planSettings, warningsOf } from './plan-settings.ts';
import { imagesToldSince } from './pushed-image-store.ts';
import { holdProjects, recordPruned } from './prune-store.ts';
import type { SyncDeps } from './sync-deps.ts';
import { SyncError } from './sync-error.ts';
import {
  addToRun,
  addWarnings,
  enterStep,
  notePlan,
  noteRules,
  noteProjects,
  setRunPrune,
  type SyncRunRow,
} from './sync-store.ts';

/** Images per transaction: large enough to be quick, small enough to lose little when the process dies. */
const chunkImages = 500;

/** Decides by the policy what to import and prune, and does it chunk by chunk; each chunk is done whole or not at all. */
export async function importAndPrune(
  deps: SyncDeps,
  run: SyncRunRow,
  listing: Listing,
  signal: AbortSignal,
): Promise<{ imported: number; pruned: number }> {
  const scheduled = await scheduledPolicy(deps.db, run.integration_id);
  if (!scheduled) throw new SyncError('The integration has no import policy any more.');
  await enterStep(deps.db, run, 'planning');
  const settings = await planSettings(
    deps,
    {
      integrationId: run.integration_id,
      startedAt: run.started_at,
      done: run.to_import,
      wasHeld: run.prune_state === 'held',
    },
    scheduled.policy,
    scheduled,
  );
  const state = {
    observer: { integrationId: run.integration_id, runId: run.id },
    completeRepositories: listing.completeRepositories,
    isInBaseline: isInBaseline(scheduled.baselineAt, run.started_at),
  };
  const plan = await planRun(deps.db, state, settings, signal);

  await deps.db.transaction().execute(async (transaction) => {
    await holdProjects(transaction, run.id, plan.prune.held?.toPrune ?? []);
    await notePlan(transaction, run, plan);
    await noteRules(transaction, run, scheduled);
    await addWarnings(transaction, run.id, warningsOf(plan));
  });

  const imports = { toImport: new Set(plan.toImport), orgId: scheduled.orgId };
  const verdicts = [...plan.toImport, ...plan.toRescan];
  if (verdicts.length > 0) await enterStep(deps.db, run, 'importing');
  for (const chunk of chunks(verdicts)) {
    signal.throwIfAborted();
    await importChunk(deps, run, imports, chunk);
  }

  for (const chunk of chunks(plan.toRelease)) {
    await releaseProjects(
      deps.db,
      chunk.map(({ id }) => id),
    );
  }
  if (plan.prune.toPrune.length > 0) await enterStep(deps.db, run, 'pruning');
  let pruned = 0;
  for (const chunk of chunks(plan.prune.toPrune)) {
    signal.throwIfAborted();
    pruned += await pruneChunk(deps, run, chunk);
  }
  return { imported: verdicts.length, pruned };
}

async function pruneChunk({ db }: SyncDeps, run: SyncRunRow, planned: readonly Doomed[]): Promise<number> {
  return await db.transaction().execute(async (transaction) => {
    // What was pushed after its repository was listed is not gone.
    const told = await imagesToldSince(transaction, run.integration_id, surelyListedAfter(run.started_at));
    const doomed = planned.filter(({ project }) => !told.has(imageName(project)));
    const taken = await takeProjects(
      transaction,
      doomed.map(({ project }) => project.id),
    );
    await addToRun(transaction, run, { pruned: taken.length });
    await recordPruned(transaction, run.id, doomed, taken);
    if (taken.length > 0) await setRunPrune(transaction, run.id, 'pruned');
    await noteProjects(transaction, run, 'org.project.delete', taken.map(snapshotName));
    return taken.length;
  });
}

async function importChunk(
  { db, jobs, refreshCounts }: SyncDeps,
  run: SyncRunRow,
  { orgId, toImport }: { readonly orgId: string; readonly toImport: ReadonlySet<Verdict> },
  verdicts: readonly Verdict[],
): Promise<void> {
  const owner = {
    orgId,
    integrationId: run.integration_id,
    source: 'sync',
    syncRunId: run.id,
  } as const;
  await db.transaction().execute(async (transaction) => {
    const { imageIds } = await requestScans(transaction, owner, verdicts.map(imageOf));
    const imported = verdicts.filter((verdict) => toImport.has(verdict)).length;
    await addToRun(transaction, run, { imported, rescans: verdicts.length - imported });
    if (imageIds.length > 0) await refreshCounts(transaction, imageIds);
    await wakeDispatch(jobs, run.integration_id, { transaction });
  });
}

function imageOf({ candidate }: Verdict): ProjectImage {
  return {
    repository: candidate.repository,
    tag: candidate.tag,
    digest: candidate.digest ?? null,
    platform: defaultPlatform,
    pushedAt: candidate.pushedAt ?? null,
    firstSeenAt: candidate.firstSeenAt,
  };
}

function* chunks<T>(items: readonly T[]): Iterable<T[]> {
  for (let start = 0; start < items.length; start += chunkImages) {
    yield items.slice(start, start + chunkImages);
  }
}
