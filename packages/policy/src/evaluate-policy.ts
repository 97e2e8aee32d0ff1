import { partsOf, type PolicyComponent } from '@plimsoll/contracts';
import type { Candidate, Verdict } from './candidate.ts';
import { policyTypes } from './policies/index.ts';
import type { PolicyType } from './policy-type.ts';

/**
 * Evaluates a policy tree over the candidates of one repository or of many; `now` is frozen at the start of the run.
 * @returns one verdict per candidate, in their order.
 */
export function evaluatePolicy(
  component: PolicyComponent,
  candidates: readonly Candidate[],
  now: Date,
): Verdict[] {
  const evaluate = (part: PolicyComponent, among: readonly Candidate[]): Verdict[] =>
    typeOf(part).evaluate(part, among, { now, evaluate, isRanking: ranksImages });
  return evaluate(component, candidates);
}

/** Whether a policy, or a part of it, decides about an image by the others of its repository. */
export function ranksImages(component: PolicyComponent): boolean {
  return typeOf(component).isRanking === true || partsOf(component).some(ranksImages);
}

function typeOf(component: PolicyComponent): PolicyType {
  // Each type reads the components that bear its own name, which a union of types cannot say.
  return policyTypes[component.type] as PolicyType;
}
