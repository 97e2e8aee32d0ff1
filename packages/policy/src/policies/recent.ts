import { imageTime, unknownAge } from '../candidate.ts';
import type { PolicyType } from '../policy-type.ts';

const dayMs = 24 * 60 * 60 * 1_000;

/** The boundary is part of it, and times in the future count as recent (platform-api.md A14). */
export const recent: PolicyType<'Recent'> = {
  type: 'Recent',
  evaluate({ policy }, candidates, { now }) {
    const oldest = now.getTime() - policy.maxAgeDays * dayMs;
    const days = policy.maxAgeDays === 1 ? 'the last day' : `the last ${policy.maxAgeDays} days`;
    return candidates.map((candidate) => {
      const time = imageTime(candidate);
      if (time === undefined) return { candidate, admitted: false, reason: unknownAge };
      const admitted = time.getTime() >= oldest;
      return { candidate, admitted, reason: admitted ? `pushed in ${days}` : `not pushed in ${days}` };
    });
  },
};
