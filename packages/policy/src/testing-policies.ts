import type { PolicyComponent } from '@plimsoll/contracts';
import * as fc from 'fast-check';
import { imageName, type Candidate } from './candidate.ts';

/** The time at which tests evaluate policies. */
export const testNow = new Date('2026-01-31T00:00:00Z');

const patterns = ['^v1$', '^(latest|prod.*)$', 'a', '1', '^team/', ''];

/** Any leaf of a policy tree; patterns mean the same to RE2 and to JavaScript. */
const anyLeaf: fc.Arbitrary<PolicyComponent> = fc.oneof(
  fc.constantFrom<PolicyComponent>({ type: 'ImportAll' }, { type: 'ImportAllNew' }),
  fc
    .record({ repo: fc.constantFrom(...patterns), tag: fc.constantFrom(...patterns) })
    .map((policy) => ({ type: 'Regex' as const, policy })),
  fc.constantFrom(...patterns).map((tag) => ({ type: 'Regex' as const, policy: { tag } })),
  fc.integer({ min: 1, max: 12 }).map((days) => ({ type: 'Recent' as const, policy: { maxAgeDays: days } })),
  fc
    .integer({ min: 1, max: 4 })
    .map((limit) => ({ type: 'LastNObserved' as const, policy: { limitNewestImages: limit } })),
);

/** Any policy tree that the contract lets through, up to three levels. */
export const anyPolicy: fc.Arbitrary<PolicyComponent> = fc.letrec<{ tree: PolicyComponent }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    anyLeaf,
    fc.record({
      type: fc.constantFrom('And' as const, 'Or' as const),
      sub_policies: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
    }),
  ),
})).tree;

const anyTime = fc.integer({ min: 0, max: 12 }).map((day) => new Date(Date.UTC(2026, 0, day + 20)));

const anyCandidate: fc.Arbitrary<Candidate> = fc
  .record({
    repository: fc.constantFrom('a', 'team/b'),
    tag: fc.constantFrom('v1', '1.2.0', '1.10.0', '1.10.0-rc.2', '2', 'latest', 'prod-a', 'zzz'),
    pushedAt: fc.option(anyTime, { nil: undefined }),
    firstSeenAt: anyTime,
    inFirstListing: fc.boolean(),
    inBaseline: fc.boolean(),
  })
  .map(({ pushedAt, ...rest }) => ({ ...rest, ...(pushedAt && { pushedAt }) }));

/** What a registry may hold, distinct by repository and tag. */
export const anyCandidates = fc.uniqueArray(anyCandidate, { selector: imageName, maxLength: 16 });
