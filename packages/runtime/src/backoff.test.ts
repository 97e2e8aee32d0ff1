import { expect, it } from 'vitest';
import { backoffDelayMs } from './backoff.ts';

it('doubles up to the cap and spreads with full jitter', () => {
  const backoff = { firstMs: 100, capMs: 30_000 };

  expect([0, 1, 2, 20].map((attempt) => backoffDelayMs(backoff, attempt, () => 1))).toEqual([
    100, 200, 400, 30_000,
  ]);
  expect(backoffDelayMs(backoff, 5, () => 0)).toBe(0);
});
