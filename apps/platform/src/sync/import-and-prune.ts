import { defaultImportLimit, imageName, planSync, type SyncPlan, type Verdict } from '@plimsoll/policy';
import { scheduledPolicy, type ScheduledPolicy } from '../integrations/policy-schedule.ts';
import { deleteProjects, projectStates, type ProjectImage } from '../projects/project-writes.ts';
import { defaultPlatform } from '../scans/default-platform.ts';
import { requestScans } from '../scans/request-scans.ts';
import { wakeDispatch } from '../scans/scan-jobs.ts';
import type { Listing } from './list-registry.ts';
import { observedImages } from './observation-store.ts';
import type { SyncDeps } from './sync-deps.ts';
import { SyncError } from './sync-error.ts';
import { addToRun, lastCompletedStart, type SyncRunRow } from './sync-store.ts';
import { tombstoneNames } from './tombstone-store.ts';

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
  const projects = await projectStates(deps.db, run.integration_id);
  const plan = await makePlan(deps, run, listing, scheduled, projects);

  const verdicts = [...plan.toImport, ...plan.toRescan];
  for (const chunk of chunks(verdicts)) {
    signal.throwIfAborted();
    await importChunk(deps, run, scheduled.orgId, chunk);
  }

  const ids = new Map(projects.map((project) => [imageName(project), project.id]));
  const doomed = plan.prune.toPrune.flatMap(({ project }) => ids.get(imageName(project)) ?? []);
  for (const chunk of chunks(doomed)) {
    signal.throwIfAborted();
    await deps.db.transaction().execute(async (transaction) => {
      await addToRun(transaction, run.id, { pruned: await deleteProjects(transaction, chunk) });
    });
  }
  return { imported: verdicts.length, pruned: doomed.length, warnings: warningsOf(plan) };
}

async function makePlan(
  { db, importLimit = defaultImportLimit }: SyncDeps,
  run: SyncRunRow,
  listing: Listing,
  { policy, rulesChangedAt, baselineAt }: ScheduledPolicy,
  projects: Awaited<ReturnType<typeof projectStates>>,
): Promise<SyncPlan> {
  const observer = { integrationId: run.integration_id, runId: run.id };
  const lastStart = await lastCompletedStart(db, run.integration_id);
  return planSync({
    policy,
    candidates: await observedImages(db, observer, isInBaseline(baselineAt, run.started_at)),
    projects: projects.map(({ digest, ...project }) => ({ ...project, ...(digest !== null && { digest }) })),
    tombstones: await tombstoneNames(db, run.integration_id),
    completeRepositories: listing.completeRepositories,
    isPolicyChanged: lastStart !== undefined && rulesChangedAt > lastStart,
    now: run.started_at,
    // What an earlier pass of this run imported counts.
    limit: Math.max(0, importLimit - run.to_import),
  });
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

function warningsOf({ counts, prune }: SyncPlan): string[] {
  const warnings: string[] = [];
  if (counts.truncated > 0) {
    warnings.push(`${counts.truncated} more images match; the next runs import them.`);
  }
  if (prune.held) warnings.push(`Nothing was pruned: ${prune.held.reason}.`);
  return warnings;
}

function* chunks<T>(items: readonly T[]): Iterable<T[]> {
  for (let start = 0; start < items.length; start += chunkImages) {
    yield items.slice(start, start + chunkImages);
  }
}
