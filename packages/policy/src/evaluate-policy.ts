import type { PolicyComponent } from '@plimsoll/contracts';
import type { Candidate, Verdict } from './candidate.ts';
import { policyTypes } from './policies/index.ts';

/**
 * Evaluates a policy tree over the candidates of one repository or of many; `now` is frozen at the start of the run.
 * @returns one verdict per candidate, in their order.
 */
export function evaluatePolicy(
  component: PolicyComponent,
  candidates: readonly Candidate[],
  now: Date,
): Verdict[] {
  const evaluate = (part: PolicyComponent, among: readonly Candidate[]): Verdict[] => {
    const policyType = typesByName.get(part.type);
    // The contract refuses unknown types, so a stored policy cannot name one.
    if (!policyType) throw new Error(`no evaluator for the policy type ${part.type}`);
    return policyType.evaluate(part, among, { now, evaluate });
  };
  return evaluate(component, candidates);
}

const typesByName = new Map(policyTypes.map((policyType) => [policyType.type, policyType]));
