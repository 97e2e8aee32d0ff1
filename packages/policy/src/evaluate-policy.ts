import { partsOf, type PolicyComponent } from '@plimsoll/contracts';
import type { Candidate, Opinion, Verdict } from './candidate.ts';
import { compilePattern, type Pattern } from './pattern.ts';
import { policyTypes } from './policies/index.ts';
import type { EvaluationContext, PolicyType } from './policy-type.ts';

/**
 * Makes the evaluator of a policy tree; `now` is frozen at the start of the run. It judges the candidates of one
 * repository or of many, and answers with one verdict per candidate, in their order.
 */
export function policyEvaluator(
  component: PolicyComponent,
  now: Date,
): (candidates: readonly Candidate[]) => Verdict[] {
  const patterns = new Map<string, Pattern>();
  const compile = (pattern: string): Pattern => {
    const compiled = patterns.get(pattern) ?? compilePattern(pattern);
    patterns.set(pattern, compiled);
    return compiled;
  };
  const context: EvaluationContext = {
    now,
    compile,
    isRanking: ranksImages,
    evaluate: (part, candidates) => typeOf(part).evaluate(part, candidates, context),
  };
  return (candidates) => {
    const opinions = context.evaluate(component, candidates);
    return candidates.map((candidate, index) => verdictOf(candidate, opinions[index] as Opinion));
  };
}

/** Evaluates a policy tree over these candidates, once. */
export function evaluatePolicy(
  component: PolicyComponent,
  candidates: readonly Candidate[],
  now: Date,
): Verdict[] {
  return policyEvaluator(component, now)(candidates);
}

/** Whether a policy, or a part of it, decides about an image by the others of its repository. */
export function ranksImages(component: PolicyComponent): boolean {
  return typeOf(component).isRanking === true || partsOf(component).some(ranksImages);
}

function verdictOf(candidate: Candidate, { admitted, reason }: Opinion): Verdict {
  return { candidate, admitted, reason };
}

function typeOf(component: PolicyComponent): PolicyType {
  // Each type reads the components that bear its own name, which a union of types cannot say.
  return policyTypes[component.type] as PolicyType;
}
