import type { PolicyComponent } from '@plimsoll/contracts';
import * as fc from 'fast-check';

const leaf: fc.Arbitrary<PolicyComponent> = fc.constantFrom<PolicyComponent>(
  { type: 'ImportAll' },
  { type: 'ImportAllNew' },
  { type: 'Regex', policy: { tag: '^v[12]$' } },
  { type: 'Regex', policy: { repo: '^team/' } },
  { type: 'Recent', policy: { maxAgeDays: 10 } },
  { type: 'LastNObserved', policy: { limitNewestImages: 1 } },
  { type: 'LastNObserved', policy: { limitNewestImages: 2 } },
);

/** Rules of every type, alone and joined. */
export const anyRules: fc.Arbitrary<PolicyComponent> = fc.oneof(
  leaf,
  fc
    .tuple(fc.constantFrom('And' as const, 'Or' as const), fc.array(leaf, { minLength: 1, maxLength: 3 }))
    .map(([type, parts]) => ({ type, sub_policies: parts })),
);
