import { expect, it } from 'vitest';
import { GuessLimit } from './guess-limit.ts';

function limitAt(clock: { ms: number }) {
  return new GuessLimit(() => clock.ms);
}

it('listens to an address until it has guessed twenty times, and again after a while', () => {
  const clock = { ms: 0 };
  const limit = limitAt(clock);
  for (let guess = 0; guess < 19; guess += 1) limit.wrong('10.0.0.9');
  const before = limit.waitMs('10.0.0.9');
  limit.wrong('10.0.0.9');

  expect([before, limit.waitMs('10.0.0.9'), limit.waitMs('10.0.0.8')]).toEqual([0, 3_000, 0]);
  clock.ms += 2_999;
  expect(limit.waitMs('10.0.0.9')).toBe(1);
  clock.ms += 1;
  expect(limit.waitMs('10.0.0.9')).toBe(0);
  limit.wrong('10.0.0.9');
  expect(limit.waitMs('10.0.0.9')).toBe(3_000);
});

it.each([
  ['2001:db8::1', '2001:db8:0:0:ffff::2', true],
  ['2001:db8::1', '2001:db8:0:1::1', false],
  ['fe80::1%eth0', 'fe80::2', true],
  ['::ffff:10.0.0.1', '::ffff:10.0.0.2', false],
  ['::1', '::1', true],
])('takes %s and %s for one guesser: %s', (one, other, isSame) => {
  const limit = limitAt({ ms: 0 });
  for (let guess = 0; guess < 20; guess += 1) limit.wrong(one);

  expect(limit.waitMs(other) > 0).toBe(isSame);
});

it('forgets who has been quiet for longest when there are too many', () => {
  const limit = limitAt({ ms: 0 });
  for (let guess = 0; guess < 20; guess += 1) limit.wrong('first');
  for (let other = 0; other < 10_000; other += 1) limit.wrong(`other-${other}`);

  expect(limit.waitMs('first')).toBe(0);
});
