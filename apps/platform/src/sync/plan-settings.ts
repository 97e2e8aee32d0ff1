import { isDeepStrictEqual } from 'node:util';
import type { ImportPolicy } from '@plimsoll/contracts';
import { defaultImportLimit, type PlanSettings, type SyncPlan } from '@plimsoll/policy';
import { withNames } from '../integrations/policy-names.ts';
import type { ScheduledPolicy } from '../integrations/policy-schedule.ts';
import type { SyncDeps } from './sync-deps.ts';
import { lastCompletedStart } from './sync-store.ts';

/** What a run, or a dry run, decides by. */
type Occasion = {
  readonly integrationId: string;
  readonly startedAt: Date;
  /** Images that this run has imported or scanned again before, in a pass that ended early. */
  readonly done: number;
  /** An earlier pass of this run has held its deletions. */
  readonly wasHeld: boolean;
};

/** Says how to plan by a policy. `scheduled` is the policy in force, if any: another one than that counts as changed. */
export async function planSettings(
  { db, importLimit = defaultImportLimit }: Pick<SyncDeps, 'db' | 'importLimit'>,
  { integrationId, startedAt, done, wasHeld }: Occasion,
  policy: ImportPolicy,
  scheduled: ScheduledPolicy | undefined,
): Promise<PlanSettings> {
  const lastStart = await lastCompletedStart(db, integrationId);
  const isInForce = scheduled !== undefined && isDeepStrictEqual(rulesOf(policy), rulesOf(scheduled.policy));
  return {
    policy,
    isPolicyChanged: lastStart !== undefined && (!isInForce || scheduled.rulesChangedAt > lastStart),
    wasHeld,
    now: startedAt,
    limit: Math.max(0, importLimit - done),
  };
}

function rulesOf({ import_policy: rules, delete_images: deletes }: ImportPolicy) {
  return { rules: withNames(rules), deletes };
}

/** What a person should know of a plan. */
export function warningsOf({ counts, prune }: SyncPlan): string[] {
  const warnings: string[] = [];
  if (counts.truncated > 0) {
    warnings.push(
      `${counts.truncated} more images are to be imported or scanned again; the next runs take them.`,
    );
  }
  if (prune.held) warnings.push(`Nothing was pruned: ${prune.held.reason}.`);
  return warnings;
}
