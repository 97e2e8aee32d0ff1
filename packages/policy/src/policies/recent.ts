import { imageTime, unknownAge } from '../candidate.ts';
import type { PolicyType } from '../policy-type.ts';

const dayMs = 24 * 60 * 60 * 1_000;

/** The boundary is part of it, and times in the future count as recent (platform-api.md A14). */
export const recent: PolicyType<'Recent'> = {
  type: 'Recent',
  evaluate({ policy }, candidates, { now }) {
    const oldest = now.getTime() - policy.maxAgeDays * dayMs;
    const days = policy.maxAgeDays === 1 ? 'the last day' : `the last ${policy.maxAgeDays} days`;
    const pushed = { admitted: true, reason: `pushed in ${days}` };
    const notPushed = { admitted: false, reason: `not pushed in ${days}` };
    return candidates.map((candidate) => {
      const time = imageTime(candidate);
      if (time === undefined) return unknownAge;
      return time.getTime() >= oldest ? pushed : notPushed;
    });
  },
};
