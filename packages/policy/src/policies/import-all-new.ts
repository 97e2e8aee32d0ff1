import type { PolicyType } from '../policy-type.ts';

const isNew = { admitted: true, reason: 'it is new since the policy was set' };
const wasThere = { admitted: false, reason: 'it was there before the policy' };

export const importAllNew: PolicyType<'ImportAllNew'> = {
  type: 'ImportAllNew',
  evaluate: (_component, candidates) => candidates.map(({ inBaseline }) => (inBaseline ? wasThere : isNew)),
};
