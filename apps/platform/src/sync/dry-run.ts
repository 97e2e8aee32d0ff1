import { partsOf, type DryRunReason, type ImportPolicy, type PolicyComponent } from '@plimsoll/contracts';
import {
  imageName,
  startPlan,
  type Candidate,
  type Doomed,
  type PlanSettings,
  type SyncPlan,
} from '@plimsoll/policy';
import { AgentCallError } from '../broker-server/agent-client.ts';
import { scheduledPolicy } from '../integrations/policy-schedule.ts';
import { projectRepositories, projectStates } from '../projects/project-writes.ts';
import { forgetOldVerdicts, putVerdicts } from './dry-run-verdicts.ts';
import { endDryRun, renewDryRun, startDryRun, type DryRunOutcome } from './dry-run-store.ts';
import { dryNotebook } from './dry-notebook.ts';
import { firstSeenTimes, knownImages, knownRegistry } from './known-registry.ts';
import { listRegistry } from './list-registry.ts';
import { surelyListedAfter } from './observation-store.ts';
import { planSettings, warningsOf } from './plan-settings.ts';
import { imagesToldSince } from './pushed-image-store.ts';
import type { SyncDeps } from './sync-deps.ts';
import { tombstonedTags } from './tombstone-store.ts';

/** A process that has not renewed a dry run's lease for so long is dead, seconds. */
const leaseSeconds = 60;

/** Most deletions and reasons that a dry run keeps, and as many warnings as a run: nobody reads more. */
const maxListed = { deletions: 10_000, reasons: 10_000, warnings: 1_000 } as const;

/** Works on a dry run: lists the registry as a run does and says what a run would do. Whatever happens, it ends. */
export async function runDryRun(deps: SyncDeps, id: string, signal: AbortSignal): Promise<void> {
  const { db, log } = deps;
  const started = await startDryRun(db, id, leaseSeconds);
  if (!started) return;
  const renewal = setInterval(
    () => {
      renewDryRun(db, id, leaseSeconds).catch((error: unknown) =>
        log.warn({ dryRunId: id, err: error }, 'dry run lease not renewed'),
      );
    },
    (leaseSeconds * 1_000) / 4,
  );
  try {
    await endDryRun(db, id, await evaluate(deps, { id, ...started }, signal));
    await forgetOldVerdicts(db, started.integrationId);
  } catch (error) {
    log.warn({ dryRunId: id, err: error }, 'dry run failed');
    const isTold = error instanceof AgentCallError;
    await endDryRun(db, id, {
      error: isTold ? error.message : 'The dry run failed; the log of the platform says why.',
    });
  } finally {
    clearInterval(renewal);
  }
}

type Started = {
  readonly id: string;
  readonly integrationId: string;
  readonly policy: ImportPolicy;
  readonly startedAt: Date;
};

async function evaluate(
  deps: SyncDeps,
  { id, integrationId, policy, startedAt }: Started,
  signal: AbortSignal,
): Promise<DryRunOutcome> {
  const scheduled = await scheduledPolicy(deps.db, integrationId);
  const isNewBaseline = has(policy.import_policy, 'ImportAllNew') && !scheduled?.baselineAt;
  const baselineAt = isNewBaseline ? startedAt : (scheduled?.baselineAt ?? null);
  const settings = await planSettings(
    deps,
    { integrationId, startedAt, done: 0, wasHeld: false },
    policy,
    scheduled,
  );
  const evaluation = dryEvaluation(deps.db, { id, integrationId }, settings);
  const reader = {
    known: await knownRegistry(deps.db, integrationId),
    knownImages: (repository: string) => knownImages(deps.db, integrationId, repository),
    take: evaluation.take,
  };
  const notebook = dryNotebook(reader, { integrationId, startedAt, baselineAt });
  const { completeRepositories } = await listRegistry(deps, notebook, signal);
  const { plan, verdicts, ageless } = await evaluation.end(completeRepositories);
  // What was pushed lately may not be listed yet; a run does not delete it either.
  const told = await imagesToldSince(deps.db, integrationId, surelyListedAfter(startedAt));
  const toDelete = plan.prune.toPrune.filter(({ project }) => !told.has(imageName(project)));

  const isAboutAge = has(policy.import_policy, 'Recent') || has(policy.import_policy, 'LastNObserved');
  return await outcomeOf(deps.db, integrationId, { ...plan, toDelete }, verdicts, [
    ...(isNewBaseline
      ? ['ImportAllNew begins when the policy is set: what the registry holds by then is not imported.']
      : []),
    ...(isAboutAge && ageless > 0
      ? [
          `${ageless} images have no push time and were there before the first sync; rules about age leave them out.`,
        ]
      : []),
    ...warningsOf(plan),
    ...notebook.warnings,
  ]);
}

function has(component: PolicyComponent, type: PolicyComponent['type']): boolean {
  return component.type === type || partsOf(component).some((part) => has(part, type));
}

/** Plans each repository as soon as it is listed, and keeps of it what the answer is made of. */
function dryEvaluation(
  db: SyncDeps['db'],
  { id, integrationId }: Pick<Started, 'id' | 'integrationId'>,
  settings: PlanSettings,
) {
  const planner = startPlan(settings);
  const planned = new Set<string>();
  const verdicts: DryRunReason[] = [];
  let ageless = 0;

  async function take(
    repository: string,
    candidates: readonly Candidate[],
    isComplete: boolean,
  ): Promise<void> {
    const projects = await projectStates(db, integrationId, [repository]);
    const tombstones = await tombstonedTags(db, integrationId, [repository]);
    planned.add(repository);
    const judged = planner.add({
      repository,
      candidates,
      projects: projects.get(repository) ?? [],
      tombstones: tombstones.get(repository) ?? new Set(),
      isComplete,
    });
    const ofTags = judged.map(({ candidate: { tag }, admitted, reason }) => ({ tag, admitted, reason }));
    if (ofTags.length > 0) await putVerdicts(db, id, repository, ofTags);
    const room = maxListed.reasons - verdicts.length;
    for (const { candidate, admitted, reason } of judged.slice(0, room)) {
      verdicts.push({ ...nameOf(candidate), admitted, reason });
    }
    ageless += candidates.filter((one) => one.inFirstListing && one.pushedAt === undefined).length;
  }

  return {
    take,
    /** Plans the repositories that have projects and were not listed, and ends the plan. */
    async end(completeRepositories: ReadonlySet<string>) {
      for (const repository of await projectRepositories(db, integrationId)) {
        if (!planned.has(repository)) await take(repository, [], completeRepositories.has(repository));
      }
      const byName = verdicts.toSorted((a, b) => compareText(imageName(a), imageName(b)));
      return { plan: planner.end(), verdicts: byName, ageless };
    },
  };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function outcomeOf(
  db: SyncDeps['db'],
  integrationId: string,
  { toImport, toRescan, toDelete, counts }: SyncPlan & { readonly toDelete: readonly Doomed[] },
  verdicts: readonly DryRunReason[],
  warnings: readonly string[],
): Promise<DryRunOutcome> {
  const imports = toImport.map(({ candidate }) => ({ ...candidate, observedAt: candidate.firstSeenAt }));
  const listed = toDelete.slice(0, maxListed.deletions);
  const times = await firstSeenTimes(
    db,
    integrationId,
    listed.map(({ project }) => project),
  );
  const deletions = listed.map(({ project }, index) => ({ ...project, observedAt: times[index] }));
  const more = toDelete.length - listed.length;
  return {
    result: {
      images_to_import: grouped(imports),
      images_to_delete: grouped(deletions),
      total_images_processed: counts.observed,
    },
    meta: {
      matched: counts.matched,
      already_imported: counts.alreadyImported,
      to_rescan: toRescan.length,
      tombstoned: counts.tombstoned,
      truncated: counts.truncated,
      warnings: [...(more > 0 ? [`${more} more images would be deleted.`] : []), ...warnings].slice(
        0,
        maxListed.warnings,
      ),
    },
    reasons: [
      ...toDelete
        .slice(0, maxListed.reasons)
        .map(({ project, reason }) => ({ ...nameOf(project), admitted: false, reason })),
      ...verdicts,
    ].slice(0, maxListed.reasons),
  };
}

type Image = { readonly repository: string; readonly tag: string };

function nameOf({ repository, tag }: Image): Image {
  return { repository, tag };
}

function grouped(images: readonly (Image & { readonly observedAt: Date | undefined })[]) {
  return [...Map.groupBy(images, ({ repository }) => repository)].map(([repository, tags]) => ({
    repository,
    tags: tags.map(({ tag, observedAt }) => ({
      tag,
      ...(observedAt && { observed_at: observedAt.toISOString() }),
    })),
  }));
}
