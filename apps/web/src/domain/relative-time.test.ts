import { expect, it } from 'vitest';
import { relativeTime } from './relative-time.ts';

const now = Date.parse('2026-03-01T12:00:00Z');

it.each([
  ['2026-03-01T11:59:31Z', 'just now'],
  ['2026-03-01T12:00:20Z', 'just now'],
  ['2026-03-01T12:00:50Z', 'in a moment'],
  ['2026-03-01T11:58:30Z', '1 minute ago'],
  ['2026-03-01T09:00:00Z', '3 hours ago'],
  ['2026-02-27T12:00:00Z', '2 days ago'],
  ['2026-02-10T12:00:00Z', '2 weeks ago'],
  ['2025-12-20T12:00:00Z', '2 months ago'],
  ['2023-01-01T12:00:00Z', '3 years ago'],
  ['2026-03-01T18:30:00Z', 'in 6 hours'],
])('says %s as %s', (instant, words) => {
  expect(relativeTime(Date.parse(instant), now)).toBe(words);
});
