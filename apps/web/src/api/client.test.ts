import { expect, it } from 'vitest';
import { addressOf, cursorOf } from './client.ts';
import { codeOfStatus, RequestError } from './request-error.ts';

it('asks with a version, lists by commas, and leaves out what is not asked', () => {
  const address = addressOf('/orgs/1/targets', {
    search: 'a b&c',
    levels: ['high', 'low'],
    x: undefined,
    y: false,
  });

  expect(address).toBe('/rest/orgs/1/targets?version=2025-11-05&search=a+b%26c&levels=high%2Clow');
});

it.each([
  ['/rest/orgs/1/targets?version=2025-11-05&starting_after=v1.abc', 'v1.abc'],
  ['https://plimsoll.example/rest/x?starting_after=v1.abc&limit=100', 'v1.abc'],
  ['/rest/x?limit=100', undefined],
  [undefined, undefined],
])('takes the cursor out of the link %s', (next, cursor) => {
  expect(cursorOf(next === undefined ? {} : { next })).toBe(cursor);
});

it.each([
  [401, 'unauthorized'],
  [404, 'not-found'],
  [409, 'conflict'],
  [422, 'refused'],
  [503, 'unavailable'],
] as const)('reads status %d as %s', (status, code) => {
  expect(codeOfStatus(status)).toBe(code);
});

it('asks again only after what may pass', () => {
  expect(new RequestError('unavailable', '').isPassing).toBe(true);
  expect(new RequestError('unauthorized', '').isPassing).toBe(false);
});
