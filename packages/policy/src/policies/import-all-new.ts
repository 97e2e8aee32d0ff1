import type { PolicyType } from '../policy-type.ts';

export const importAllNew: PolicyType<'ImportAllNew'> = {
  type: 'ImportAllNew',
  evaluate: (_component, candidates) =>
    candidates.map((candidate) => ({
      candidate,
      admitted: !candidate.inBaseline,
      reason: candidate.inBaseline ? 'it was there before the policy' : 'it is new since the policy was set',
    })),
};
