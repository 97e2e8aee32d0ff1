import { Secret } from '@plimsoll/runtime';
import { assert, integer, property, string } from 'fast-check';
import { expect, it } from 'vitest';
import { createSeal, SealError } from './seal.ts';

const seal = createSeal([new Secret('a key that is long enough for this')]);

it('opens what it sealed, and shows nothing of it', () => {
  assert(
    property(string({ minLength: 4 }), string(), (text, row) => {
      const sealed = seal.seal(text, row);
      expect(seal.open(sealed, row)).toBe(text);
      expect(sealed.includes(Buffer.from(text))).toBe(false);
      expect(seal.seal(text, row).equals(sealed)).toBe(false);
    }),
  );
});

it('does not open what was changed, moved to another row, or sealed with another key', () => {
  const sealed = seal.seal('secret', 'row');
  assert(
    property(integer({ min: 0, max: sealed.length - 1 }), integer({ min: 1, max: 255 }), (at, change) => {
      const damaged = Buffer.from(sealed);
      damaged[at] = (damaged[at] ?? 0) ^ change;
      expect(() => seal.open(damaged, 'row')).toThrow(SealError);
    }),
  );
  expect(() => seal.open(sealed.subarray(0, 20), 'row')).toThrow(SealError);
  expect(() => seal.open(sealed, 'another row')).toThrow(SealError);
  expect(() => createSeal([new Secret('another key, as long as that one')]).open(sealed, 'row')).toThrow(
    /ENCRYPTION_KEY/,
  );
});

it('opens what an older key sealed as long as that is named', () => {
  const sealed = seal.seal('secret', 'row');
  const next = createSeal([
    new Secret('the next key, at least as long'),
    new Secret('a key that is long enough for this'),
  ]);

  expect(next.open(sealed, 'row')).toBe('secret');
  expect(() => seal.open(next.seal('secret', 'row'), 'row')).toThrow(SealError);
});
