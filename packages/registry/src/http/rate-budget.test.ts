import { expect, it } from 'vitest';
import { RateBudget } from './rate-budget.ts';

const signal = new AbortController().signal;
const account = 'somebody';
const somebody = { account, maxWaitMs: 1_000 };
const ok = { status: 200, headers: {} };
const tooMany = { status: 429, headers: {} };

/** How many requests get in at once: the next one waits. */
async function admitted(budget: RateBudget): Promise<number> {
  const waiting = new AbortController();
  let count = 0;
  const all = Array.from({ length: 20 }, () =>
    budget.enter(somebody, waiting.signal).then(
      () => void count++,
      () => undefined,
    ),
  );
  // Those that get in do so before any timer.
  await new Promise((resolve) => setImmediate(resolve));
  waiting.abort();
  await Promise.all(all);
  for (let left = count; left > 0; left--) budget.leave(account);
  return count;
}

it('asks a host less at a time after it was too much, and slowly more again', async () => {
  const budget = new RateBudget('https://r.test');
  const before = await admitted(budget);
  for (let refused = 0; refused < 10; refused++) {
    await budget.enter(somebody, signal);
    budget.leave(account, tooMany);
  }
  const refused = await admitted(budget);
  for (let answered = 0; answered < 1_000; answered++) {
    await budget.enter(somebody, signal);
    budget.leave(account, ok);
  }

  expect([before, refused, await admitted(budget)]).toEqual([16, 1, 16]);
});

it('lets the next one in when one has its answer', async () => {
  const budget = new RateBudget('https://r.test');
  for (let refused = 0; refused < 10; refused++) {
    await budget.enter(somebody, signal);
    budget.leave(account, tooMany);
  }
  await budget.enter(somebody, signal);
  const next = budget.enter(somebody, signal);
  budget.leave(account, ok);

  await expect(next).resolves.toBeUndefined();
});

it.each([
  ['asks to wait', { status: 429, headers: { 'retry-after': '3600' } }],
  ['has nothing left', { status: 200, headers: { 'ratelimit-remaining': '0', 'ratelimit-reset': '3600' } }],
  ['asks to wait for ever', { status: 429, headers: { 'retry-after': '999999999' } }],
])('does not ask a host that %s', async (_, answer) => {
  const budget = new RateBudget('https://r.test');
  await budget.enter(somebody, signal);
  budget.leave(account, answer);

  await expect(budget.enter(somebody, signal)).rejects.toMatchObject({
    code: 'rate-limited',
    retryable: true,
  });
});

it('goes on after a pause that is short', async () => {
  const budget = new RateBudget('https://r.test');
  await budget.enter(somebody, signal);
  budget.leave(account, { status: 429, headers: { 'retry-after': '0' } });

  await expect(budget.enter(somebody, signal)).resolves.toBeUndefined();
});

it('lets another account in while one has to wait', async () => {
  const budget = new RateBudget('https://r.test');
  await budget.enter(somebody, signal);
  budget.leave(account, { status: 429, headers: { 'retry-after': '3600' } });

  await expect(budget.enter(somebody, signal)).rejects.toMatchObject({ code: 'rate-limited' });
  await expect(budget.enter({ ...somebody, account: 'another' }, signal)).resolves.toBeUndefined();
});

it('asks no more at a time than the host says are left', async () => {
  const budget = new RateBudget('https://r.test');
  await budget.enter(somebody, signal);
  budget.leave(account, { status: 200, headers: { 'x-ratelimit-remaining': '3;w=60' } });

  expect(await admitted(budget)).toBe(3);
});
