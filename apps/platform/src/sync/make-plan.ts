import { isDeepStrictEqual } from 'node:util';
import type { ImportPolicy } from '@plimsoll/contracts';
import { defaultImportLimit, planSync, type Candidate, type SyncPlan } from '@plimsoll/policy';
import { withNames } from '../integrations/policy-names.ts';
import type { ScheduledPolicy } from '../integrations/policy-schedule.ts';
import { projectStates } from '../projects/project-writes.ts';
import type { SyncDeps } from './sync-deps.ts';
import { lastCompletedStart } from './sync-store.ts';
import { tombstoneNames } from './tombstone-store.ts';

/** What a run, or a dry run, has observed. */
export type Observed = {
  readonly integrationId: string;
  readonly candidates: readonly Candidate[];
  readonly completeRepositories: ReadonlySet<string>;
  readonly startedAt: Date;
  /** Images that this run has imported before, in a pass that ended early. */
  readonly imported: number;
};

/**
 * Decides by a policy what to do about what was observed. `scheduled` is the policy in force, if any: another one
 * than that counts as changed.
 */
export async function makePlan(
  { db, importLimit = defaultImportLimit }: Pick<SyncDeps, 'db' | 'importLimit'>,
  observed: Observed,
  policy: ImportPolicy,
  scheduled: ScheduledPolicy | undefined,
): Promise<{ plan: SyncPlan; projects: Awaited<ReturnType<typeof projectStates>> }> {
  const { integrationId, candidates, completeRepositories, startedAt, imported } = observed;
  const projects = await projectStates(db, integrationId);
  const lastStart = await lastCompletedStart(db, integrationId);
  const isInForce = scheduled !== undefined && isDeepStrictEqual(rulesOf(policy), rulesOf(scheduled.policy));
  const plan = planSync({
    policy,
    candidates,
    projects: projects.map(({ digest, ...project }) => ({ ...project, ...(digest !== null && { digest }) })),
    tombstones: await tombstoneNames(db, integrationId),
    completeRepositories,
    isPolicyChanged: lastStart !== undefined && (!isInForce || scheduled.rulesChangedAt > lastStart),
    now: startedAt,
    limit: Math.max(0, importLimit - imported),
  });
  return { plan, projects };
}

function rulesOf({ import_policy: rules, delete_images: deletes }: ImportPolicy) {
  return { rules: withNames(rules), deletes };
}

/** What a person should know of a plan. */
export function warningsOf({ counts, prune }: SyncPlan): string[] {
  const warnings: string[] = [];
  if (counts.truncated > 0) {
    warnings.push(`${counts.truncated} more images match; the next runs import them.`);
  }
  if (prune.held) warnings.push(`Nothing was pruned: ${prune.held.reason}.`);
  return warnings;
}
