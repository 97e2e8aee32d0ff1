import type { PolicyComponent } from '@plimsoll/contracts';
import type { Candidate, Opinion } from './candidate.ts';
import type { Pattern } from './pattern.ts';

/** The component of a policy type, with its own parameters. */
export type ComponentOf<T extends PolicyComponent['type']> =
  Extract<PolicyComponent, { type: T }> extends never
    ? Extract<PolicyComponent, { type: 'And' | 'Or' }>
    : Extract<PolicyComponent, { type: T }>;

/**
 * One type of policy component. Pure: the same component, candidates and context give the same opinions, one per
 * candidate in their order; candidates may share one.
 */
export type PolicyType<T extends PolicyComponent['type'] = PolicyComponent['type']> = {
  readonly type: T;
  /** Its opinion about one candidate depends on the others: `And` asks it last, about what is left. */
  readonly isRanking?: true;
  evaluate(
    component: ComponentOf<T>,
    candidates: readonly Candidate[],
    context: EvaluationContext,
  ): Opinion[];
};

export type EvaluationContext = {
  /** Frozen at the start of the run. */
  readonly now: Date;
  /** Compiles a pattern, once for all candidates. */
  readonly compile: (pattern: string) => Pattern;
  /** Evaluates a sub-policy; for types that combine others. */
  readonly evaluate: (component: PolicyComponent, candidates: readonly Candidate[]) => Opinion[];
  /** Whether a sub-policy ranks, itself or in one of its parts. */
  readonly isRanking: (component: PolicyComponent) => boolean;
};
