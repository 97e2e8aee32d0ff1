import { array, assert, integer, property } from 'fast-check';
import { expect, it } from 'vitest';
import { RequestBudget } from './request-budget.ts';

it('lets a minute of requests through at once, and then as many as are earned', () => {
  const budget = new RequestBudget(60);
  const atOnce = Array.from({ length: 61 }, () => budget.take('a', 0));

  expect(atOnce).toEqual([...Array.from({ length: 60 }, () => 0), 1]);
  expect([budget.take('a', 1_000), budget.take('a', 1_000)]).toEqual([0, 1]);
  expect(budget.take('b', 1_000)).toBe(0);
});

it('never lets more through than a minute saved up and what was earned since, and tells the truth about waiting', () => {
  assert(
    property(integer({ min: 1, max: 100 }), array(integer({ min: 0, max: 5_000 })), (perMinute, pauses) => {
      const budget = new RequestBudget(perMinute);
      let now = 0;
      let taken = 0;
      for (const pause of pauses) {
        now += pause;
        const wait = budget.take('a', now);
        now += wait * 1_000;
        expect(wait === 0 ? 0 : budget.take('a', now)).toBe(0);
        taken++;
      }
      expect(taken).toBeLessThanOrEqual(perMinute + (now * perMinute) / 60_000);
    }),
  );
});

it('forgets the callers that were quiet for longest, not all of them', () => {
  const budget = new RequestBudget(1);
  for (let caller = 0; caller < 10_001; caller++) budget.take(String(caller), 0);

  expect(budget.take('10000', 0)).toBe(60);
  expect(budget.take('0', 0)).toBe(0);
});
