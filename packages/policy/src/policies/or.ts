import type { Opinion } from '../candidate.ts';
import type { PolicyType } from '../policy-type.ts';
import { pairing } from './pairing.ts';

/** What any of its parts admits; each part sees all the candidates. */
export const or: PolicyType<'Or'> = {
  type: 'Or',
  evaluate({ sub_policies: parts }, candidates, { evaluate }) {
    const [first = [], ...others] = parts.map((part) => evaluate(part, candidates));
    const opinions = [...first];
    for (const answers of others) {
      const either = pairing(eitherOf);
      for (const [index, answer] of answers.entries()) {
        opinions[index] = either(opinions[index] as Opinion, answer);
      }
    }
    return opinions;
  },
};

/** What admits first speaks; what all leave out is told with every reason. */
function eitherOf(before: Opinion, opinion: Opinion): Opinion {
  if (before.admitted) return before;
  if (opinion.admitted) return opinion;
  return { admitted: false, reason: `${before.reason}; ${opinion.reason}` };
}
