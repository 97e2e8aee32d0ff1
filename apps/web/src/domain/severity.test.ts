import { noIssues } from '@plimsoll/contracts';
import { expect, it } from 'vitest';
import { compareSeverity, countsInWords, totalOf, worstOf } from './severity.ts';

it('sorts the worst first', () => {
  expect((['low', 'unknown', 'critical', 'medium'] as const).toSorted(compareSeverity)).toEqual([
    'critical',
    'medium',
    'low',
    'unknown',
  ]);
});

it('names the worst severity that has an issue', () => {
  expect(worstOf({ ...noIssues, medium: 2, low: 9 })).toBe('medium');
  expect(worstOf({ ...noIssues, hidden: 4 })).toBeUndefined();
});

it('counts what is shown, not what is hidden', () => {
  expect(totalOf({ ...noIssues, high: 2, unknown: 1, hidden: 40 })).toBe(3);
});

it('says the counts for people who cannot see the bar', () => {
  expect(countsInWords({ ...noIssues, critical: 2, low: 1 })).toBe('2 critical, 1 low');
  expect(countsInWords(noIssues)).toBe('no issues');
});
