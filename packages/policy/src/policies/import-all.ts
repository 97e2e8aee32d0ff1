import type { PolicyType } from '../policy-type.ts';

const admission = { admitted: true, reason: 'every image is imported' };

export const importAll: PolicyType<'ImportAll'> = {
  type: 'ImportAll',
  evaluate: (_component, candidates) => candidates.map(() => admission),
};
