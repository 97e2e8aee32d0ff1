import { imageName, type Candidate } from './candidate.ts';
import { evaluatePolicy, ranksImages } from './evaluate-policy.ts';
import { whyRescan, type ExistingProject, type PlanSettings } from './start-plan.ts';

export type PushPlanInput = Pick<PlanSettings, 'policy' | 'now'> & {
  readonly pushed: Candidate;
  /** The other images of its repository; they matter only when {@link judgesByRank}. */
  readonly others: readonly Candidate[];
  /** The project of the pushed image, if there is one. */
  readonly project: ExistingProject | undefined;
  /** A person deleted that project: it does not come back by itself. */
  readonly isTombstoned: boolean;
};

/** What a push leads to, and why, as a sentence for a person. */
export type PushPlan = {
  readonly action: 'import' | 'rescan' | 'unchanged' | 'left-out';
  readonly reason: string;
};

/** Whether a policy decides about an image by the others of its repository. */
export function judgesByRank(policy: PlanSettings['policy']): boolean {
  return ranksImages(policy.import_policy);
}

/** Decides about one pushed image as the next run would that sees it and the others; nothing is ever pruned. */
export function planPush({ policy, now, pushed, others, project, isTombstoned }: PushPlanInput): PushPlan {
  const name = imageName(pushed);
  const candidates = [pushed, ...others.filter((other) => imageName(other) !== name)];
  const [verdict] = evaluatePolicy(policy.import_policy, candidates, now);
  if (!verdict?.admitted) return { action: 'left-out', reason: verdict?.reason ?? '' };
  if (!project) {
    return isTombstoned
      ? { action: 'left-out', reason: 'a person deleted its project' }
      : { action: 'import', reason: verdict.reason };
  }
  const rescanReason = whyRescan(project, pushed);
  return rescanReason === undefined
    ? { action: 'unchanged', reason: 'its project shows this image already' }
    : { action: 'rescan', reason: rescanReason };
}
