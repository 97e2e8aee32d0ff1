import { partsOf, type ImportPolicy, type PolicyComponent } from '@plimsoll/contracts';
import { imageName, type SyncPlan } from '@plimsoll/policy';
import { AgentCallError } from '../broker-server/agent-client.ts';
import { scheduledPolicy } from '../integrations/policy-schedule.ts';
import { endDryRun, renewDryRun, startDryRun, type DryRunOutcome } from './dry-run-store.ts';
import { knownRegistry, type KnownRegistry } from './known-registry.ts';
import { listRegistry } from './list-registry.ts';
import { makePlan, warningsOf } from './make-plan.ts';
import { memoryNotebook } from './memory-notebook.ts';
import type { SyncDeps } from './sync-deps.ts';

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
    await endDryRun(db, id, await evaluate(deps, started, signal));
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

type Started = { readonly integrationId: string; readonly policy: ImportPolicy; readonly startedAt: Date };

async function evaluate(
  deps: SyncDeps,
  { integrationId, policy, startedAt }: Started,
  signal: AbortSignal,
): Promise<DryRunOutcome> {
  const scheduled = await scheduledPolicy(deps.db, integrationId);
  const isNewBaseline = has(policy.import_policy, 'ImportAllNew') && !scheduled?.baselineAt;
  const baselineAt = isNewBaseline ? startedAt : (scheduled?.baselineAt ?? null);
  const known = await knownRegistry(deps.db, integrationId);
  const notebook = memoryNotebook(known, { integrationId, startedAt, baselineAt });
  const { completeRepositories, warnings } = await listRegistry(deps, notebook, signal);

  const candidates = notebook.candidates();
  const observed = { integrationId, candidates, completeRepositories, startedAt, imported: 0 };
  const { plan } = await makePlan(deps, observed, policy, scheduled);
  const ageless = candidates.filter((one) => one.inFirstListing && one.pushedAt === undefined).length;
  const isAboutAge = has(policy.import_policy, 'Recent') || has(policy.import_policy, 'LastNObserved');
  return outcomeOf(plan, known, [
    ...(isNewBaseline
      ? ['ImportAllNew begins when the policy is set: what the registry holds by then is not imported.']
      : []),
    ...(isAboutAge && ageless > 0
      ? [
          `${ageless} images have no push time and were there before the first sync; rules about age leave them out.`,
        ]
      : []),
    ...warningsOf(plan),
    ...warnings,
  ]);
}

function has(component: PolicyComponent, type: PolicyComponent['type']): boolean {
  return component.type === type || partsOf(component).some((part) => has(part, type));
}

function outcomeOf(plan: SyncPlan, known: KnownRegistry, warnings: readonly string[]): DryRunOutcome {
  const { toImport, toRescan, prune, counts, verdicts } = plan;
  const imports = toImport.map(({ candidate }) => ({ ...candidate, observedAt: candidate.firstSeenAt }));
  const deletions = prune.toPrune.map(({ project }) => ({
    ...project,
    observedAt: known.images.get(imageName(project))?.firstSeenAt,
  }));
  const more = deletions.length - maxListed.deletions;
  const told = [...(more > 0 ? [`${more} more images would be deleted.`] : []), ...warnings];
  return {
    result: {
      images_to_import: grouped(imports),
      images_to_delete: grouped(deletions.slice(0, maxListed.deletions)),
      total_images_processed: counts.observed,
    },
    meta: {
      matched: counts.matched,
      already_imported: counts.alreadyImported,
      to_rescan: toRescan.length,
      tombstoned: counts.tombstoned,
      truncated: counts.truncated,
      warnings: told.slice(0, maxListed.warnings),
    },
    reasons: [
      ...prune.toPrune.map(({ project, reason }) => ({ ...nameOf(project), admitted: false, reason })),
      ...verdicts
        .slice(0, maxListed.reasons)
        .map(({ candidate, admitted, reason }) => ({ ...nameOf(candidate), admitted, reason })),
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
