import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Secret } from '@plimsoll/runtime';
import { BrokerClientError } from './broker-client-error.ts';
import { authorizationFor, fillInAddresses } from './substitution.ts';

const credentials = new Secret('c3VwZXItc2VjcmV0');
const withCredentials = { credentials: true };
const client = 'http://client:7341';

const scan = {
  repository: 'team/app',
  callbackUrl: '${BROKER_CLIENT_URL}/api/v2/import/result',
  doneUrl: '${BROKER_CLIENT_URL}/api/v2/import/done',
  BROKER_VAR_SUB: ['callbackUrl', 'doneUrl'],
};

it('fills the credentials into authorization', () => {
  const headers = { authorization: '${CR_CREDENTIALS}', 'x-broker-var-sub': 'Authorization' };

  expect(authorizationFor(withCredentials, headers, credentials)).toBe('c3VwZXItc2VjcmV0');
  expect(authorizationFor(withCredentials, {}, credentials)).toBeUndefined();
});

it.each([
  ['another variable', { authorization: '${BROKER_TOKEN}', 'x-broker-var-sub': 'authorization' }],
  ['a variable of the process', { authorization: '${PATH}', 'x-broker-var-sub': 'authorization' }],
  [
    'more than the credentials',
    { authorization: 'a ${CR_CREDENTIALS}', 'x-broker-var-sub': 'authorization' },
  ],
  ['the credentials in another header', { 'x-leak': '${CR_CREDENTIALS}', 'x-broker-var-sub': 'x-leak' }],
  [
    'the credentials in two headers',
    {
      authorization: '${CR_CREDENTIALS}',
      accept: '${CR_CREDENTIALS}',
      'x-broker-var-sub': 'authorization, accept',
    },
  ],
  ['nothing, with an authorization of its own', { authorization: 'eyJ0eXBlIjoib2NpIn0=' }],
  ['a header that is not there', { 'x-broker-var-sub': 'authorization' }],
])('refuses to fill in %s', (_name, headers) => {
  expect(() => authorizationFor(withCredentials, headers, credentials)).toThrow(BrokerClientError);
});

it('gives no credentials to a route that takes none', () => {
  const headers = { authorization: '${CR_CREDENTIALS}', 'x-broker-var-sub': 'authorization' };

  expect(() => authorizationFor({ credentials: false }, headers, credentials)).toThrow(BrokerClientError);
});

it('fills in where the agent delivers', () => {
  expect(fillInAddresses(scan, client)).toEqual({
    repository: 'team/app',
    callbackUrl: 'http://client:7341/api/v2/import/result',
    doneUrl: 'http://client:7341/api/v2/import/done',
  });
});

it('does not read the address of the client as a pattern', () => {
  expect(fillInAddresses(scan, 'http://$&:1').callbackUrl).toBe('http://$&:1/api/v2/import/result');
});

it.each([
  ['the credentials', { ...scan, callbackUrl: '${CR_CREDENTIALS}/api/v2/import/result' }],
  [
    'the credentials behind the address',
    { ...scan, callbackUrl: '${BROKER_CLIENT_URL}/api/v2/import/result?${CR_CREDENTIALS}' },
  ],
  ['an address elsewhere', { ...scan, callbackUrl: 'http://evil/api/v2/import/result' }],
  [
    'an address elsewhere that looks like ours',
    { ...scan, doneUrl: '${BROKER_CLIENT_URL}.evil/api/v2/import/done' },
  ],
  ['an address elsewhere without asking', { callbackUrl: 'http://evil/', doneUrl: 'http://evil/' }],
  ['another path of the client', { ...scan, callbackUrl: '${BROKER_CLIENT_URL}/metrics' }],
  [
    'another field',
    { ...scan, repository: '${CR_CREDENTIALS}', BROKER_VAR_SUB: ['callbackUrl', 'doneUrl', 'repository'] },
  ],
  ['a nested field', { ...scan, BROKER_VAR_SUB: ['callbackUrl', 'doneUrl', '__proto__.x'] }],
  ['something that is no list', { ...scan, BROKER_VAR_SUB: 'callbackUrl,doneUrl' }],
  ['a list', [scan]],
  ['nothing', null],
])('refuses a scan that names %s', (_name, body) => {
  expect(() => fillInAddresses(body, client)).toThrow(BrokerClientError);
});

it('lets no request, whatever it asks for, have the credentials anywhere but in authorization', () => {
  const value = fc.constantFrom(
    '${CR_CREDENTIALS}',
    '${BROKER_TOKEN}',
    '${BROKER_CLIENT_URL}/api/v2/import/result',
    '${BROKER_CLIENT_URL}/api/v2/import/done',
    'x',
  );
  const body = fc.record({
    callbackUrl: value,
    doneUrl: value,
    other: value,
    BROKER_VAR_SUB: fc.array(fc.constantFrom('callbackUrl', 'doneUrl', 'other', 'authorization')),
  });
  fc.assert(
    fc.property(body, (asked) => {
      const filled = filledIn(asked);
      expect(JSON.stringify(filled)).not.toContain(credentials.reveal());
      expect([undefined, `${client}/api/v2/import/result`]).toContain(filled.callbackUrl);
      expect([undefined, `${client}/api/v2/import/done`]).toContain(filled.doneUrl);
      expect(filled.other).toBe(filled.callbackUrl && asked.other);
    }),
  );
});

/** What goes on to the agent; nothing, when the request is blocked. */
function filledIn(body: unknown): Record<string, unknown> {
  try {
    return fillInAddresses(body, client);
  } catch (error) {
    if (error instanceof BrokerClientError && error.code === 'blocked') return {};
    throw error;
  }
}
