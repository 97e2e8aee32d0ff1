import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { freshMsOf } from './token-life.ts';

const now = Date.parse('2024-01-02T03:04:05Z');
const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;

it.each([
  ['opaque', undefined, 45_000],
  ['opaque', 400, 300_000],
  ['opaque', -5, 0],
  ['opaque', 10 ** 9, 64_800_000],
  [jwt({ exp: 5_000, iat: 1_000 }), undefined, 3_000_000],
  [jwt({ exp: now / 1000 + 40 }), undefined, 30_000],
  [jwt({ exp: now / 1000 - 40 }), undefined, 0],
  [jwt({ exp: 5_000, iat: 1_000 }), 40, 30_000],
  [jwt({ exp: 'soon' }), undefined, 45_000],
])('uses %s with a told life of %s s for %i ms', (token, told, expected) => {
  expect(freshMsOf(token, told, now)).toBe(expected);
});

it('reads any token without throwing', () => {
  const claims = fc.json().map((text) => `a.${Buffer.from(text).toString('base64url')}.b`);
  fc.assert(
    fc.property(fc.oneof(fc.string(), claims), (token) => {
      expect(freshMsOf(token, undefined, now)).toBeGreaterThanOrEqual(0);
    }),
  );
});
