import type { Verdict } from '../candidate.ts';
import type { PolicyType } from '../policy-type.ts';

/** Filters, then ranks, whatever the order of its parts: each ranking part sees what all filters left (platform-api.md A11). */
export const and: PolicyType<'And'> = {
  type: 'And',
  evaluate({ sub_policies: parts }, candidates, { evaluate, isRanking }) {
    const verdicts: Verdict[] = [];
    const ask = (part: (typeof parts)[number], asked: readonly number[]) => {
      const among = asked.flatMap((index) => candidates[index] ?? []);
      for (const [position, verdict] of evaluate(part, among).entries()) {
        const index = asked[position] as number;
        verdicts[index] = both(verdicts[index], verdict);
      }
    };

    let left = [...candidates.keys()];
    for (const part of parts.filter((one) => !isRanking(one))) {
      ask(part, left);
      left = left.filter((index) => verdicts[index]?.admitted);
    }
    for (const part of parts.filter(isRanking)) ask(part, left);
    return verdicts;
  },
};

function both(before: Verdict | undefined, verdict: Verdict): Verdict {
  if (!before || (before.admitted && !verdict.admitted)) return verdict;
  if (!before.admitted) return before;
  return { ...verdict, reason: `${before.reason}; ${verdict.reason}` };
}
