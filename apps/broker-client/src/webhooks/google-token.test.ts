import { once } from 'node:events';
import http, { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import https from 'node:https';
import * as fc from 'fast-check';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestNetworks } from '../testing-networks.ts';
import { googleTokens } from './google-token.ts';
import { pathSecret } from './testing-notifications.ts';

const account = 'pubsub@acme.iam.gserviceaccount.com';
const audience = 'plimsoll at acme';
const route = { http: http.globalAgent, https: https.globalAgent };

/** Google's place of keys, and two keys: one that it publishes, and one that it does not. */
const server = createServer((_, response) => {
  asked += 1;
  response.writeHead(page.status).end(page.body);
});
let asked: number;
let page: { status: number; body: string };
let keysUrl: URL;
let own: CryptoKey;
let published: JWK;
let foreign: CryptoKey;

beforeAll(async () => {
  const pair = await generateKeyPair('RS256');
  own = pair.privateKey;
  published = { ...(await exportJWK(pair.publicKey)), kid: 'one', use: 'sig', alg: 'RS256' };
  foreign = (await generateKeyPair('RS256')).privateKey;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  keysUrl = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/oauth2/v3/certs`);
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  asked = 0;
  page = { status: 200, body: JSON.stringify({ keys: [published] }) };
});

type Claims = Record<string, unknown>;

function tokenOf(claims: Claims = {}, key = own, kid = 'one'): Promise<string> {
  const seconds = Math.floor(Date.now() / 1000);
  const usual = { iss: 'https://accounts.google.com', aud: audience, email: account, email_verified: true };
  return new SignJWT({ ...usual, sub: '1', azp: '1', iat: seconds, exp: seconds + 3_600, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' })
    .sign(key);
}

const check = (token: string) => googleTokens({ account, audience, keysUrl, route, pauseMs: 0 })(token);

it('believes what Google has signed for us', async () => {
  expect(await check(await tokenOf())).toBe('good');
});

it.each<[string, Claims]>([
  ['another audience', { aud: 'somebody else' }],
  ['no audience', { aud: undefined }],
  ['another account', { email: 'attacker@evil.iam.gserviceaccount.com' }],
  ['no account', { email: undefined }],
  ['an account that is not verified', { email_verified: false }],
  ['an account that calls itself verified', { email_verified: 'true' }],
  ['another issuer', { iss: 'https://accounts.google.com.evil.test' }],
  ['an end that has passed', { exp: Math.floor(Date.now() / 1000) - 61 }],
  ['no end', { exp: undefined }],
  ['a beginning that is to come', { nbf: Math.floor(Date.now() / 1000) + 120 }],
])('does not believe a token with %s', async (_, claims) => {
  expect(await check(await tokenOf(claims))).toBe('wrong-token');
});

it('does not believe what somebody else has signed, under the same name or another', async () => {
  expect(await check(await tokenOf({}, foreign))).toBe('wrong-token');
  expect(await check(await tokenOf({}, foreign, 'two'))).toBe('wrong-token');
});

it('does not take a published key for a shared one, nor a token without a signature', async () => {
  const [, claims = ''] = (await tokenOf()).split('.');
  const header = (alg: string) => Buffer.from(JSON.stringify({ alg, kid: 'one' })).toString('base64url');
  const shared = new TextEncoder().encode(String(published.n));
  const hs256 = await new SignJWT(JSON.parse(Buffer.from(claims, 'base64url').toString()) as Claims)
    .setProtectedHeader({ alg: 'HS256', kid: 'one' })
    .sign(shared);

  expect(await check(hs256)).toBe('wrong-token');
  expect(await check(`${header('none')}.${claims}.`)).toBe('wrong-token');
});

it('believes no text without throwing, and asks for no keys because of it', async () => {
  const checkToken = googleTokens({ account, audience, keysUrl, route });
  const [header = '', claims = '', signature = ''] = (await tokenOf()).split('.');
  const part = fc.oneof(fc.constantFrom(header, claims, signature, '', '.'), fc.base64String(), fc.string());
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 5 }), async (parts) => {
      fc.pre(parts.join('.') !== `${header}.${claims}.${signature}`);
      expect(await checkToken(parts.join('.'))).toBe('wrong-token');
    }),
  );
  expect(asked).toBeLessThanOrEqual(1);
});

it('asks for keys once for many tokens, and again for a key that it does not know', async () => {
  const checkToken = googleTokens({ account, audience, keysUrl, route, pauseMs: 0 });
  const token = await tokenOf();
  const verdicts = await Promise.all(Array.from({ length: 5 }, () => checkToken(token)));
  expect([...verdicts, asked]).toEqual(['good', 'good', 'good', 'good', 'good', 1]);

  const { privateKey, publicKey } = await generateKeyPair('RS256');
  page.body = JSON.stringify({ keys: [published, { ...(await exportJWK(publicKey)), kid: 'new' }] });
  expect(await checkToken(await tokenOf({}, privateKey, 'new'))).toBe('good');
  expect(asked).toBe(2);
});

it('does not ask for keys as often as strangers make it', async () => {
  const checkToken = googleTokens({ account, audience, keysUrl, route });
  for (let kid = 0; kid < 10; kid++) await checkToken(await tokenOf({}, foreign, `kid-${kid}`));

  expect(asked).toBe(1);
});

it.each([
  ['an error', 503, 'sorry'],
  ['a web page', 200, '<html>'],
  ['something else', 200, '{"keys":"none"}'],
  ['more than keys are long', 200, `{"keys":[],"x":"${'x'.repeat(70_000)}"}`],
  ['a redirect', 302, ''],
])('tells %s in place of the keys from a wrong token', async (_, status, body) => {
  page = { status, body };

  expect(await check(await tokenOf())).toBe('no-keys');
});

describe('a webhook that was given account and audience', () => {
  let test: Awaited<ReturnType<typeof startTestNetworks>>;
  afterEach(() => test.close());

  async function start(environment: Record<string, string> = {}) {
    test = await startTestNetworks({
      environment: {
        CR_TYPE: 'google-artifact-cr',
        WEBHOOK_PATH_SECRET: pathSecret,
        WEBHOOK_GOOGLE_ACCOUNT: account,
        WEBHOOK_GOOGLE_AUDIENCE: audience,
        WEBHOOK_GOOGLE_KEYS: keysUrl.href,
        ...environment,
      },
    });
  }

  async function notify(token: string | undefined) {
    const message = { action: 'INSERT', tag: 'europe-docker.pkg.dev/acme/team/app:1.0' };
    const data = Buffer.from(JSON.stringify(message)).toString('base64');
    const body = { message: { data, messageId: '1' }, subscription: 'projects/acme/subscriptions/x' };
    const headers = {
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
    };
    const url = `${test.url}/webhooks/${pathSecret}`;
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    return [answer.status, ((await answer.json()) as { code?: string }).code];
  }

  it('takes the pushes of its account alone', async () => {
    await start();
    const token = await tokenOf();

    expect(await notify(token)).toEqual([202, undefined]);
    expect(await notify(undefined)).toEqual([401, 'wrong-token']);
    expect(await notify(await tokenOf({ email: 'attacker@evil.test' }))).toEqual([401, 'wrong-token']);
    expect(test.logged.join('')).not.toContain(audience);
    expect(test.logged.join('')).not.toContain(token);
  });

  it('lets Google send again what cannot be checked now', async () => {
    page.status = 500;
    await start();

    expect(await notify(await tokenOf())).toEqual([503, 'no-keys']);
  });

  it('takes the token where a secret is for other products', async () => {
    await start({ CR_TYPE: 'oci', WEBHOOK_SECRET: 'a secret of others' });

    expect(await notify(await tokenOf())).toEqual([202, undefined]);
    expect(await notify('a secret of others')).toEqual([401, 'wrong-token']);
  });
});
