import type { Candidate, Opinion } from '../candidate.ts';
import type { PolicyType } from '../policy-type.ts';
import { pairing } from './pairing.ts';

/** Filters, then ranks, whatever the order of its parts: each ranking part sees what all filters left (platform-api.md A11). */
export const and: PolicyType<'And'> = {
  type: 'And',
  evaluate({ sub_policies: parts }, candidates, { evaluate, isRanking }) {
    const opinions: Opinion[] = [];
    const ask = (part: (typeof parts)[number], asked: readonly number[]) => {
      const among = asked.map((index) => candidates[index] as Candidate);
      const both = pairing(bothOf);
      for (const [position, opinion] of evaluate(part, among).entries()) {
        const index = asked[position] as number;
        const before = opinions[index];
        opinions[index] = before ? both(before, opinion) : opinion;
      }
    };

    let left = [...candidates.keys()];
    for (const part of parts.filter((one) => !isRanking(one))) {
      ask(part, left);
      left = left.filter((index) => opinions[index]?.admitted);
    }
    for (const part of parts.filter(isRanking)) ask(part, left);
    return opinions;
  },
};

/** What leaves out speaks first; what all admit is told with every reason. */
function bothOf(before: Opinion, opinion: Opinion): Opinion {
  if (!before.admitted) return before;
  if (!opinion.admitted) return opinion;
  return { admitted: true, reason: `${before.reason}; ${opinion.reason}` };
}
