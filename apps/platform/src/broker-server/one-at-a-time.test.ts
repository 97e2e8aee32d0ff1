import { expect, it } from 'vitest';
import { oneAtATime } from './one-at-a-time.ts';

it('runs once for many who ask at the same time, after each of them, and once for each key', async () => {
  const began: string[] = [];
  const gates: (() => void)[] = [];
  const ask = oneAtATime(async (key) => {
    began.push(key);
    await new Promise<void>((resolve) => gates.push(resolve));
  });

  const first = ask('a');
  const others = Promise.all([ask('a'), ask('a'), ask('a')]);
  const another = ask('b');
  gates[0]!();
  gates[1]!();
  await Promise.all([first, another]);
  await expect.poll(() => gates.length).toBe(3);
  gates[2]!();
  await others;
  const later = ask('a');
  gates[3]!();
  await later;

  expect(began).toEqual(['a', 'b', 'a', 'a']);
});

it('tells those who asked that it failed, and runs again for those who come', async () => {
  let runs = 0;
  const ask = oneAtATime(async () => {
    runs += 1;
    if (runs === 1) throw new Error('database is down');
  });

  const [first, second] = await Promise.allSettled([ask('a'), ask('a')]);

  expect([first.status, second.status, runs]).toEqual(['rejected', 'fulfilled', 2]);
});
