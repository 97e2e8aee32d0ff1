import { expect, it } from 'vitest';
import { retryAfterMs } from './retry-after.ts';

const now = new Date('2024-01-02T03:04:05Z');

it.each([
  [{ 'retry-after': '7' }, 7_000],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after': 'Tue, 02 Jan 2024 03:04:15 GMT' }, 10_000],
  [{ 'retry-after': 'Tue, 02 Jan 2024 03:04:00 GMT' }, 0],
  [{ 'x-retry-after': '1704164655' }, 10_000],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': '-5' }, undefined],
  [{}, undefined],
])('reads %j', (headers, expected) => {
  expect(retryAfterMs(headers, now)).toBe(expected);
});
