import { expect, it } from 'vitest';
import { RecentAccess } from './recent-access.ts';

function lookUps() {
  const clock = { now: new Date(0) };
  const recent = new RecentAccess(() => clock.now);
  recent.hearsOfChanges = true;
  const asked: string[] = [];
  const answers = new Map([['ada', 'admin']]);
  const find = recent.keep(async (key) => {
    asked.push(key);
    return answers.get(key);
  });
  return { clock, recent, asked, answers, find };
}

it('asks once for what is asked again within five seconds', async () => {
  const { clock, asked, find } = lookUps();

  await find('ada');
  clock.now = new Date(4_999);
  expect(await find('ada')).toBe('admin');
  expect(asked).toEqual(['ada']);

  clock.now = new Date(5_000);
  await find('ada');
  expect(asked).toEqual(['ada', 'ada']);
});

it('asks again after a change, for what was not found, and while it hears of no changes', async () => {
  const { recent, asked, answers, find } = lookUps();
  await find('ada');
  answers.delete('ada');
  recent.forget();

  expect(await find('ada')).toBeUndefined();
  expect(await find('ada')).toBeUndefined();
  expect(asked).toHaveLength(3);

  answers.set('ada', 'viewer');
  recent.hearsOfChanges = false;
  await find('ada');
  await find('ada');
  expect(asked).toHaveLength(5);
});

it('does not keep an answer that was on its way when something changed', async () => {
  const clock = new Date(0);
  const recent = new RecentAccess(() => clock);
  recent.hearsOfChanges = true;
  const { promise: answer, resolve } = Promise.withResolvers<string>();
  let asked = 0;
  const find = recent.keep(async () => {
    asked += 1;
    return asked === 1 ? answer : 'new';
  });

  const first = find('ada');
  recent.forget();
  resolve('old');

  expect(await first).toBe('old');
  expect(await find('ada')).toBe('new');
});

it('keeps tokens by their hash', async () => {
  const recent = new RecentAccess(() => new Date(0));
  recent.hearsOfChanges = true;
  const hashes: string[] = [];
  const find = recent.keepByToken(async (hash) => {
    hashes.push(hash.toString('hex'));
    return 'ada';
  });

  await find('abc');
  await find('abc');

  // SHA-256 of `abc`, as FIPS 180-2 gives it.
  expect(hashes).toEqual(['ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad']);
});
