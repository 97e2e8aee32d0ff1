import { noIssues, type IssueCounts } from '@plimsoll/contracts';
import { expect, it } from 'vitest';
import { rankBases, type BaseCandidate, type CurrentBase } from './rank-bases.ts';

function counts(critical: number, high = 0): IssueCounts {
  return { ...noIssues, critical, high };
}

const current = (more: Partial<CurrentBase> = {}): CurrentBase => ({
  digest: 'sha256:current',
  tags: ['12.5-slim'],
  counts: counts(2, 5),
  pushedAt: new Date('2026-01-01'),
  ...more,
});

function candidate(tag: string, issues: IssueCounts, more: Partial<BaseCandidate> = {}): BaseCandidate {
  return { projectId: tag, name: `debian:${tag}`, tag, digest: `sha256:${tag}`, counts: issues, ...more };
}

const brief = (options: ReturnType<typeof rankBases>) => options.map(({ tag, distance }) => [tag, distance]);

it('names newer images with fewer issues, the nearest first', () => {
  const options = rankBases(current(), [
    candidate('13.0-slim', counts(0)),
    candidate('12.6-slim', counts(1)),
    candidate('12.7-slim', counts(0, 1)),
    candidate('12.5-slim', counts(1, 9)),
    candidate('12.4-slim', counts(0)),
    candidate('12.8-slim', counts(2, 5)),
    candidate('13.1', counts(0), { pushedAt: new Date('2026-02-01') }),
    candidate('sid', counts(0), { pushedAt: new Date('2025-02-01') }),
  ]);

  expect(brief(options)).toEqual([
    ['12.5-slim', 'rebuild'],
    ['12.7-slim', 'minor'],
    ['12.6-slim', 'minor'],
    ['13.0-slim', 'major'],
    ['13.1', 'other'],
  ]);
});

it('takes a tag without minor version for the newest of it', () => {
  const moving = [candidate('12-slim', counts(0)), candidate('11-slim', counts(0))];

  expect(brief(rankBases(current(), moving))).toEqual([['12-slim', 'minor']]);
  expect(
    brief(rankBases(current({ tags: ['12-slim', '12.5-slim'] }), [candidate('12.6-slim', counts(0))])),
  ).toEqual([['12.6-slim', 'minor']]);
});

it('counts several tags of one image once, and never names the image itself', () => {
  const same = { digest: 'sha256:same' };
  const options = rankBases(current({ tags: ['latest'] }), [
    candidate('latest', counts(0), same),
    candidate('stable', counts(0), { ...same, pushedAt: new Date('2026-03-01') }),
    candidate('old', counts(0), { digest: 'sha256:current', pushedAt: new Date('2026-03-01') }),
  ]);

  expect(brief(options)).toEqual([['latest', 'rebuild']]);
});
