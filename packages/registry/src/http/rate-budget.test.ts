import { expect, it } from 'vitest';
import { RateBudget } from './rate-budget.ts';

const signal = new AbortController().signal;
const ok = { status: 200, headers: {} };
const tooMany = { status: 429, headers: {} };

/** How many requests get in at once: the next one waits. */
async function admitted(budget: RateBudget): Promise<number> {
  const waiting = new AbortController();
  let count = 0;
  const all = Array.from({ length: 20 }, () =>
    budget.enter(waiting.signal).then(
      () => void count++,
      () => undefined,
    ),
  );
  // Those that get in do so before any timer.
  await new Promise((resolve) => setImmediate(resolve));
  waiting.abort();
  await Promise.all(all);
  for (let left = count; left > 0; left--) budget.leave();
  return count;
}

it('asks a host less at a time after it was too much, and slowly more again', async () => {
  const budget = new RateBudget('https://r.test', 1_000);
  const before = await admitted(budget);
  for (let refused = 0; refused < 10; refused++) {
    await budget.enter(signal);
    budget.leave(tooMany);
  }
  const refused = await admitted(budget);
  for (let answered = 0; answered < 1_000; answered++) {
    await budget.enter(signal);
    budget.leave(ok);
  }

  expect([before, refused, await admitted(budget)]).toEqual([16, 1, 16]);
});

it('lets the next one in when one has its answer', async () => {
  const budget = new RateBudget('https://r.test', 1_000);
  for (let refused = 0; refused < 10; refused++) {
    await budget.enter(signal);
    budget.leave(tooMany);
  }
  await budget.enter(signal);
  const next = budget.enter(signal);
  budget.leave(ok);

  await expect(next).resolves.toBeUndefined();
});

it.each([
  ['asks to wait', { status: 429, headers: { 'retry-after': '3600' } }],
  ['has nothing left', { status: 200, headers: { 'ratelimit-remaining': '0', 'ratelimit-reset': '3600' } }],
  ['asks to wait for ever', { status: 429, headers: { 'retry-after': '999999999' } }],
])('does not ask a host that %s', async (_, answer) => {
  const budget = new RateBudget('https://r.test', 1_000);
  await budget.enter(signal);
  budget.leave(answer);

  await expect(budget.enter(signal)).rejects.toMatchObject({ code: 'rate-limited', retryable: true });
});

it('goes on after a pause that is short', async () => {
  const budget = new RateBudget('https://r.test', 1_000);
  await budget.enter(signal);
  budget.leave({ status: 429, headers: { 'retry-after': '0' } });

  await expect(budget.enter(signal)).resolves.toBeUndefined();
});
