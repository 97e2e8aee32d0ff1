import { expect, it } from 'vitest';
import { affectedVersions } from './affected-versions.ts';

it.each([
  [{ intervals: [{}] }, ['all versions']],
  [{ intervals: [{ fixed: '1.2' }, { introduced: '2.0', fixed: '2.1' }] }, ['< 1.2', '>= 2.0, < 2.1']],
  [
    { intervals: [{ introduced: '1', lastAffected: '3' }, { introduced: '5' }], versions: ['4.1'] },
    ['>= 1, <= 3', '>= 5', '4.1'],
  ],
  [{}, []],
])('tells which versions %j names', (rule, expected) => {
  expect(affectedVersions(rule)).toEqual(expected);
});

it('tells how many single versions it leaves out', () => {
  const versions = Array.from({ length: 70 }, (_, index) => `1.${index}`);

  expect(affectedVersions({ versions })).toHaveLength(51);
  expect(affectedVersions({ versions }).at(-1)).toBe('and 20 more');
});
