import type { PolicyComponent } from '@plimsoll/contracts';
import type { Candidate, Verdict } from './candidate.ts';

/**
 * One type of policy component. Pure: the same component, candidates and context give the same verdicts, one per
 * candidate in their order.
 */
export type PolicyType = {
  readonly type: PolicyComponent['type'];
  evaluate(
    component: PolicyComponent,
    candidates: readonly Candidate[],
    context: EvaluationContext,
  ): Verdict[];
};

export type EvaluationContext = {
  /** Frozen at the start of the run. */
  readonly now: Date;
  /** Evaluates a sub-policy; for types that combine others. */
  readonly evaluate: (component: PolicyComponent, candidates: readonly Candidate[]) => Verdict[];
};
