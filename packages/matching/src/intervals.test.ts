import type { AdvisoryEvent } from '@plimsoll/contracts';
import { array, assert, constantFrom, property, record } from 'fast-check';
import { expect, it } from 'vitest';
import { contains, intervalsOf, joinIntervals } from './intervals.ts';
import { schemes } from './schemes/index.ts';

const { semver } = schemes;

it.each<[string, AdvisoryEvent[], object[]]>([
  ['a range with a fix', [{ introduced: '0' }, { fixed: '1.2' }], [{ fixed: '1.2' }]],
  ['a range without a fix', [{ introduced: '1.0' }], [{ introduced: '1.0' }]],
  ['every version', [{ introduced: '0' }], [{}]],
  [
    'several branches, in any order',
    [{ fixed: '2.1' }, { introduced: '0' }, { fixed: '1.5' }, { introduced: '2.0' }],
    [{ fixed: '1.5' }, { introduced: '2.0', fixed: '2.1' }],
  ],
  [
    'a last affected version, which is affected itself',
    [{ introduced: '1.0' }, { lastAffected: '1.4' }],
    [{ introduced: '1.0', lastAffected: '1.4' }],
  ],
  [
    'one version that is first and last',
    [{ introduced: '1.0' }, { lastAffected: '1.0' }],
    [{ introduced: '1.0', lastAffected: '1.0' }],
  ],
  [
    'a fix that is the start of the next branch',
    [{ introduced: '5.3.0' }, { fixed: '5.4.0' }, { introduced: '5.4.0' }, { fixed: '5.4.46' }],
    [
      { introduced: '5.3.0', fixed: '5.4.0' },
      { introduced: '5.4.0', fixed: '5.4.46' },
    ],
  ],
  ['a fix without a start: from the first version on', [{ fixed: '1.2' }], [{ fixed: '1.2' }]],
  ['fixed at 0: never affected', [{ introduced: '0' }, { fixed: '0' }], []],
  ['introduced and fixed in one version: empty', [{ introduced: '1.0' }, { fixed: '1.0' }], []],
])('reads %s', (_, events, expected) => {
  expect(intervalsOf(events, semver)).toEqual(expected);
});

it('joins intervals that touch, so that 5.4.0 is no fix', () => {
  const joined = joinIntervals(
    [
      { introduced: '5.4.0', fixed: '5.4.46' },
      { introduced: '5.3.0', fixed: '5.4.0' },
      { introduced: '6.0', lastAffected: '6.1' },
    ],
    semver,
  );

  expect(joined).toEqual([
    { introduced: '5.3.0', fixed: '5.4.46' },
    { introduced: '6.0', lastAffected: '6.1' },
  ]);
});

it('answers the same for every version after joining, and ends each interval outside the next', () => {
  const version = constantFrom('0', '1', '1.0.1', '2', '2-rc', '3', '4', '10');
  const events = array(record({ kind: constantFrom('introduced', 'fixed'), version }), {
    minLength: 1,
    maxLength: 8,
  });
  assert(
    property(events, version, (events, installed) => {
      const list = events.map(({ kind, version }) => ({ [kind]: version }) as AdvisoryEvent);
      const joined = joinIntervals(intervalsOf(list, semver), semver);

      const ends = joined.flatMap(({ fixed }) => fixed ?? []);
      expect(ends.filter((end) => joined.some((interval) => contains(interval, end, semver)))).toEqual([]);
      const isUnion = intervalsOf(list, semver).some((interval) => contains(interval, installed, semver));
      expect(joined.some((interval) => contains(interval, installed, semver))).toBe(isUnion);
    }),
  );
});
