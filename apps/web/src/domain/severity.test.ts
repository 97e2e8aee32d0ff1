import type { IssueCounts } from '@plimsoll/contracts';
import { expect, it } from 'vitest';
import { compareSeverity, countsInWords, totalOf, worstOf } from './severity.ts';

const none: IssueCounts = {
  critical: 0,
  high: 0,
  medium: 0,
  low: 0,
  negligible: 0,
  unknown: 0,
  hidden: 0,
  ignored: 0,
};

it('sorts the worst first', () => {
  expect((['low', 'unknown', 'critical', 'medium'] as const).toSorted(compareSeverity)).toEqual([
    'critical',
    'medium',
    'low',
    'unknown',
  ]);
});

it('names the worst severity that has an issue', () => {
  expect(worstOf({ ...none, medium: 2, low: 9 })).toBe('medium');
  expect(worstOf({ ...none, hidden: 4 })).toBeUndefined();
});

it('counts what is shown, not what is hidden', () => {
  expect(totalOf({ ...none, high: 2, unknown: 1, hidden: 40 })).toBe(3);
});

it('says the counts for people who cannot see the bar', () => {
  expect(countsInWords({ ...none, critical: 2, low: 1 })).toBe('2 critical, 1 low');
  expect(countsInWords(none)).toBe('no issues');
});
