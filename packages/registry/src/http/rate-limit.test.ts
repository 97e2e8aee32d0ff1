import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { exhaustedForMs } from './rate-limit.ts';

const now = new Date('2024-01-02T03:04:05Z');

it.each([
  [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1704164655' }, 10_000],
  [{ 'ratelimit-remaining': '0', 'ratelimit-reset': '1704164655' }, 10_000],
  [{ 'ratelimit-remaining': '0;w=21600', 'ratelimit-reset': '30' }, 30_000],
  [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1704164000' }, 0],
  [{ 'x-ratelimit-remaining': '7', 'x-ratelimit-reset': '1704164655' }, undefined],
  [{ 'ratelimit-remaining': '0;w=21600' }, undefined],
  [{ 'x-ratelimit-reset': '1704164655' }, undefined],
  [{}, undefined],
])('reads %j', (headers, expected) => {
  expect(exhaustedForMs(headers, now)).toBe(expected);
});

it('reads any header without throwing', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (remaining, reset) => {
      const ms = exhaustedForMs({ 'ratelimit-remaining': remaining, 'ratelimit-reset': reset }, now);
      expect(ms ?? 0).toBeGreaterThanOrEqual(0);
    }),
  );
});
