import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { imageName } from './candidate.ts';
import { judgesByRank, planPush } from './plan-push.ts';
import type { ExistingProject } from './start-plan.ts';
import { planSync } from './testing-plan.ts';
import { anyCandidates, anyPolicy, testNow } from './testing-policies.ts';

const digests = ['a', 'b'].map((letter) => `sha256:${letter.repeat(64)}`);

it('decides as the next run would, for any policy, registry and project', () => {
  fc.assert(
    fc.property(
      anyPolicy,
      anyCandidates.filter((candidates) => candidates.length > 0),
      fc.constantFrom(undefined, ...digests),
      fc.record({
        has: fc.boolean(),
        digest: fc.constantFrom(...digests),
        source: fc.constantFrom('sync' as const, 'manual' as const),
        isUnread: fc.boolean(),
      }),
      fc.boolean(),
      (rules, candidates, digest, existing, isTombstoned) => {
        const pushed = { ...candidates[0]!, ...(digest !== undefined && { digest }) };
        const { has, ...facts } = existing;
        const { repository, tag } = pushed;
        const project: ExistingProject | undefined = has
          ? { id: 'project', repository, tag, isKept: false, ...facts }
          : undefined;
        const others = candidates.slice(1).filter((other) => imageName(other) !== imageName(pushed));
        const policy = {
          name: 'test',
          schedule_frequency_hours: 24,
          delete_images: true,
          import_policy: rules,
        };
        const run = planSync({
          policy,
          candidates: [pushed, ...others],
          projects: project ? [project] : [],
          tombstones: new Set(isTombstoned ? [imageName(pushed)] : []),
          completeRepositories: new Set(),
          isPolicyChanged: false,
          now: testNow,
        });
        const isOurs = ({ candidate }: { candidate: { repository: string; tag: string } }) =>
          imageName(candidate) === imageName(pushed);

        const inRepository = others.filter((other) => other.repository === repository);
        const plan = planPush({
          policy,
          pushed,
          others: judgesByRank(policy) ? inRepository : [],
          project,
          isTombstoned,
          now: testNow,
        });

        const expected = run.toImport.some(isOurs) ? ['import'] : ['unchanged', 'left-out'];
        expect(run.toRescan.some(isOurs) ? ['rescan'] : expected).toContain(plan.action);
        expect(plan.reason).not.toBe('');
      },
    ),
    { numRuns: 2_000 },
  );
});

it.each([
  [undefined, true, { action: 'left-out', reason: 'a person deleted its project' }],
  [undefined, false, { action: 'import', reason: 'every image is imported' }],
  [digests[0], false, { action: 'unchanged', reason: 'its project shows this image already' }],
  [digests[1], false, { action: 'rescan', reason: 'the tag was moved' }],
])('says why: a project of %s, tombstone %s', (projectDigest, isTombstoned, expected) => {
  const image = { repository: 'team/web', tag: 'v1' };
  const flags = { inFirstListing: false, inBaseline: false, firstSeenAt: testNow };

  const plan = planPush({
    policy: {
      name: 'test',
      schedule_frequency_hours: 24,
      delete_images: false,
      import_policy: { type: 'ImportAll' },
    },
    pushed: { ...image, ...flags, digest: digests[0]! },
    others: [],
    project:
      projectDigest === undefined
        ? undefined
        : { id: 'project', ...image, source: 'sync', isUnread: false, isKept: false, digest: projectDigest },
    isTombstoned,
    now: testNow,
  });

  expect(plan).toEqual(expected);
});
