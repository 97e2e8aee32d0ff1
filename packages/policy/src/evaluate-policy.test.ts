import type { PolicyComponent } from '@plimsoll/contracts';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageName, type Candidate } from './candidate.ts';
import { evaluatePolicy } from './evaluate-policy.ts';
import { anyCandidates, anyPolicy, testNow } from './testing-policies.ts';

function names(component: PolicyComponent, candidates: readonly Candidate[]): string[] {
  return evaluatePolicy(component, candidates, testNow)
    .filter(({ admitted }) => admitted)
    .map(({ candidate }) => imageName(candidate))
    .toSorted();
}

function reasons(component: PolicyComponent, candidates: readonly Candidate[]): string[] {
  return evaluatePolicy(component, candidates, testNow).map(
    ({ candidate, admitted, reason }) => `${candidate.tag} ${admitted ? 'kept' : 'left out'}: ${reason}`,
  );
}

function pushed(tag: string, day: number, more: Partial<Candidate> = {}): Candidate {
  const pushedAt = new Date(Date.UTC(2026, 0, day));
  const flags = { inFirstListing: false, inBaseline: false };
  return { repository: 'team/web', tag, pushedAt, firstSeenAt: pushedAt, ...flags, ...more };
}

function observed(tag: string, more: Partial<Candidate> = {}): Candidate {
  const { pushedAt: _, ...rest } = pushed(tag, 20);
  return { ...rest, ...more };
}

const lastN = (limitNewestImages: number): PolicyComponent => ({
  type: 'LastNObserved',
  policy: { limitNewestImages },
});
const tagged = (tag: string): PolicyComponent => ({ type: 'Regex', policy: { tag } });
const recent = (maxAgeDays: number): PolicyComponent => ({ type: 'Recent', policy: { maxAgeDays } });
const and = (...parts: PolicyComponent[]): PolicyComponent => ({ type: 'And', sub_policies: parts });
const or = (...parts: PolicyComponent[]): PolicyComponent => ({ type: 'Or', sub_policies: parts });

describe('reasons', () => {
  it('says the place of each image in its repository', () => {
    expect(reasons(lastN(2), [pushed('v1', 1), pushed('v2', 2), pushed('v3', 3)])).toEqual([
      'v1 left out: 3rd newest of 3 in team/web, and only 2 are imported',
      'v2 kept: 2nd newest of 3 in team/web',
      'v3 kept: the newest of 3 in team/web',
    ]);
  });

  it('says which rule left an image out, and which ones let it through', () => {
    const policy = and(lastN(1), tagged('^prod'));

    expect(reasons(policy, [pushed('prod-1', 1), pushed('nightly', 2)])).toEqual([
      'prod-1 kept: tag matches ^prod; the newest of 1 in team/web',
      'nightly left out: tag does not match ^prod',
    ]);
    expect(reasons(or(tagged('^prod'), recent(1)), [pushed('v1', 1)])).toEqual([
      'v1 left out: tag does not match ^prod; not pushed in the last day',
    ]);
  });
});

describe('the rules of the seed', () => {
  it('filters before it ranks, so that nightlies do not push out releases', () => {
    const candidates = [pushed('1.0.0', 1), pushed('nightly-1', 2), pushed('nightly-2', 3)];

    expect(names(and(lastN(1), tagged('^\\d')), candidates)).toEqual(['team/web:1.0.0']);
  });

  it('imports prod tags, or new images with the latest tag', () => {
    const policy = or(tagged('^prod.*'), and(tagged('^latest$'), { type: 'ImportAllNew' }));
    const candidates = [
      observed('prod-1', { inBaseline: true }),
      observed('latest', { inBaseline: true }),
      observed('latest', { repository: 'team/db' }),
      observed('v1'),
    ];

    expect(names(policy, candidates)).toEqual(['team/db:latest', 'team/web:prod-1']);
  });

  it('includes the boundary of an age, and takes the future for recent', () => {
    const policy = recent(30);

    expect(names(policy, [pushed('edge', 1), pushed('older', 0), pushed('future', 99)])).toEqual([
      'team/web:edge',
      'team/web:future',
    ]);
  });

  it.each([recent(30), lastN(5)])(
    'never takes what was there before the first sync for new: %j',
    (policy) => {
      expect(names(policy, [observed('old', { inFirstListing: true }), observed('seen')])).toEqual([
        'team/web:seen',
      ]);
      expect(reasons(policy, [observed('old', { inFirstListing: true })])).toEqual([
        'old left out: its age is unknown: it was there before the first sync, without a push time',
      ]);
    },
  );

  it('searches without anchors, in repository and tag', () => {
    const policy: PolicyComponent = { type: 'Regex', policy: { repo: 'web', tag: '1' } };

    expect(names(policy, [pushed('v1', 1), pushed('v2', 1), pushed('v1', 1, { repository: 'db' })])).toEqual([
      'team/web:v1',
    ]);
  });

  it('prefers the higher version, then the later name, among images of one time', () => {
    const tags = ['1.9.0', '1.10.0-rc.10', '1.10.0-rc.9', '1.10.0', 'v2', 'b', 'a'];
    const order = ['v2', '1.10.0', '1.10.0-rc.10', '1.10.0-rc.9', '1.9.0', 'b', 'a'];
    const candidates = tags.map((tag) => pushed(tag, 1));

    for (let limit = 1; limit <= order.length; limit += 1) {
      const kept = order.slice(0, limit).map((tag) => `team/web:${tag}`);
      expect(names(lastN(limit), candidates)).toEqual(kept.toSorted());
    }
  });
});

/** The rules once more, as plainly as they can be said: whether `image` is admitted among `others`. */
function admits(component: PolicyComponent, image: Candidate, others: readonly Candidate[]): boolean {
  const knowsAge = (one: Candidate) => one.pushedAt !== undefined || !one.inFirstListing;
  const time = (one: Candidate) => (one.pushedAt ?? one.firstSeenAt).getTime();
  switch (component.type) {
    case 'ImportAll':
      return true;
    case 'ImportAllNew':
      return !image.inBaseline;
    case 'Regex':
      return (
        new RegExp(component.policy.repo ?? '', 'u').test(image.repository) &&
        new RegExp(component.policy.tag ?? '', 'u').test(image.tag)
      );
    case 'Recent':
      return (
        knowsAge(image) && testNow.getTime() - time(image) <= component.policy.maxAgeDays * 24 * 3_600_000
      );
    case 'LastNObserved': {
      // In the order of A12: versions before other tags, the tags of `anyCandidates` by hand.
      const ranks = ['2', '1.10.0', '1.10.0-rc.2', '1.2.0', 'v1', 'zzz', 'prod-a', 'latest'];
      const isNewer = (a: Candidate, b: Candidate) =>
        time(a) > time(b) || (time(a) === time(b) && ranks.indexOf(a.tag) < ranks.indexOf(b.tag));
      const newer = others.filter(
        (one) => one.repository === image.repository && knowsAge(one) && isNewer(one, image),
      );
      return knowsAge(image) && newer.length < component.policy.limitNewestImages;
    }
    case 'Or':
      return component.sub_policies.some((part) => admits(part, image, others));
    case 'And': {
      const filters = component.sub_policies.filter((part) => !ranks(part));
      const left = others.filter((one) => filters.every((part) => admits(part, one, others)));
      return (
        left.includes(image) &&
        component.sub_policies.filter(ranks).every((part) => admits(part, image, left))
      );
    }
    default:
      throw new Error('a type without a rule');
  }
}

function ranks(component: PolicyComponent): boolean {
  return component.type === 'LastNObserved' || JSON.stringify(component).includes('"LastNObserved"');
}

describe('laws', () => {
  it('agrees with the rules said plainly', () => {
    fc.assert(
      fc.property(anyPolicy, anyCandidates, (policy, candidates) => {
        const expected = candidates.filter((image) => admits(policy, image, candidates)).map(imageName);

        expect(names(policy, candidates)).toEqual(expected.toSorted());
      }),
      { numRuns: 2_000 },
    );
  });

  it('gives one verdict per candidate, in their order and with a reason', () => {
    fc.assert(
      fc.property(anyPolicy, anyCandidates, (policy, candidates) => {
        const verdicts = evaluatePolicy(policy, candidates, testNow);

        expect(verdicts.map(({ candidate }) => candidate)).toEqual(candidates);
        expect(verdicts.every(({ reason }) => reason.length > 0)).toBe(true);
      }),
    );
  });

  it('does not depend on the order of And, nor of the candidates', () => {
    fc.assert(
      fc.property(fc.array(anyPolicy, { minLength: 1, maxLength: 4 }), anyCandidates, (parts, candidates) => {
        const admitted = names(and(...parts), candidates);

        expect(names(and(...parts.toReversed()), candidates)).toEqual(admitted);
        expect(names(and(...parts), candidates.toReversed())).toEqual(admitted);
      }),
    );
  });

  it('joins a policy with itself to the same', () => {
    fc.assert(
      fc.property(anyPolicy, anyCandidates, (policy, candidates) => {
        expect(names(or(policy, policy), candidates)).toEqual(names(policy, candidates));
        expect(names(and(policy, policy), candidates)).toEqual(names(policy, candidates));
      }),
    );
  });

  it('admits at most N per repository, and never less when N or the age grows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), anyCandidates, (size, candidates) => {
        const newest = names(lastN(size), candidates);

        for (const group of Map.groupBy(newest, (name) => name.split(':')[0]).values()) {
          expect(group.length).toBeLessThanOrEqual(size);
        }
        expect(names(lastN(size + 1), candidates)).toEqual(expect.arrayContaining(newest));
        expect(names(recent(size + 1), candidates)).toEqual(
          expect.arrayContaining(names(recent(size), candidates)),
        );
      }),
    );
  });

  it('ranks the same before and after a filter on repositories, unlike one on tags', () => {
    const repository: PolicyComponent = { type: 'Regex', policy: { repo: '^team/' } };
    const inTeam = ({ repository: name }: Candidate) => name.startsWith('team/');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), anyCandidates, (size, candidates) => {
        const rankedFirst = names(
          repository,
          candidates.filter((one) => names(lastN(size), candidates).includes(imageName(one))),
        );

        expect(names(and(repository, lastN(size)), candidates)).toEqual(rankedFirst);
        expect(names(lastN(size), candidates.filter(inTeam))).toEqual(rankedFirst);
      }),
    );
    const candidates = [pushed('1.0', 1), pushed('nightly', 2)];
    expect(names(and(tagged('^1'), lastN(1)), candidates)).toEqual(['team/web:1.0']);
    expect(names(lastN(1), candidates)).toEqual(['team/web:nightly']);
  });
});
