import { imageName, type Verdict } from '@plimsoll/policy';
import { scheduledPolicy } from '../integrations/policy-schedule.ts';
import { deleteProjects, releaseProjects, type ProjectImage } from '../projects/project-writes.ts';
import { defaultPlatform } from '../scans/default-platform.ts';
import { requestScans } from '../scans/request-scans.ts';
import { wakeDispatch } from '../scans/scan-jobs.ts';
import type { Listing } from './list-registry.ts';
import { surelyListedAfter } from './observation-store.ts';
import { planRun } from './plan-run.ts';
import { planSettings, warningsOf } from './plan-settings.ts';
import { imagesToldSince } from './pushed-image-store.ts';
import type { SyncDeps } from './sync-deps.ts';
import { SyncError } from './sync-error.ts';
import { addToRun, type SyncRunRow } from './sync-store.ts';

/** Images per transaction: large enough to be quick, small enough to lose little when the process dies. */
const chunkImages = 500;

/** Decides by the policy what to import and prune, and does it chunk by chunk; each chunk is done whole or not at all. */
export async function importAndPrune(
  deps: SyncDeps,
  run: SyncRunRow,
  listing: Listing,
  signal: AbortSignal,
): Promise<{ imported: number; pruned: number; warnings: string[] }> {
  const scheduled = await scheduledPolicy(deps.db, run.integration_id);
  if (!scheduled) throw new SyncError('The integration has no import policy any more.');
  const settings = await planSettings(
    deps,
    { integrationId: run.integration_id, startedAt: run.started_at, imported: run.to_import },
    scheduled.policy,
    scheduled,
  );
  const state = {
    observer: { integrationId: run.integration_id, runId: run.id },
    completeRepositories: listing.completeRepositories,
    isInBaseline: isInBaseline(scheduled.baselineAt, run.started_at),
  };
  const plan = await planRun(deps.db, state, settings, signal);

  const verdicts = [...plan.toImport, ...plan.toRescan];
  for (const chunk of chunks(verdicts)) {
    signal.throwIfAborted();
    await importChunk(deps, run, scheduled.orgId, chunk);
  }

  for (const chunk of chunks(plan.toRelease))
    await releaseProjects(
      deps.db,
      chunk.map(({ id }) => id),
    );
  let pruned = 0;
  for (const chunk of chunks(plan.prune.toPrune)) {
    signal.throwIfAborted();
    await deps.db.transaction().execute(async (transaction) => {
      // What was pushed after its repository was listed is not gone.
      const told = await imagesToldSince(transaction, run.integration_id, surelyListedAfter(run.started_at));
      const doomed = chunk.filter(({ project }) => !told.has(imageName(project)));
      const deleted = await deleteProjects(
        transaction,
        doomed.map(({ project }) => project.id),
      );
      await addToRun(transaction, run.id, { pruned: deleted });
      pruned += deleted;
    });
  }
  return { imported: verdicts.length, pruned, warnings: warningsOf(plan) };
}

/** Tells which observations belong to a policy's baseline. A run that began before it has seen nothing since. */
function isInBaseline(baselineAt: Date | null, startedAt: Date): (observedIn: Date | null) => boolean {
  if (baselineAt === null) return () => false;
  if (baselineAt > startedAt) return () => true;
  return (observedIn) => observedIn?.getTime() === baselineAt.getTime();
}

async function importChunk(
  { db, jobs, refreshCounts }: SyncDeps,
  run: SyncRunRow,
  orgId: string,
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
    await addToRun(transaction, run.id, { imported: verdicts.length });
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
