import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ErrorDocument, V1Error } from '@plimsoll/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';

let platform: TestPlatform;
let webDist: string;

beforeAll(async () => {
  webDist = join(mkdtempSync(join(tmpdir(), 'web-')), 'dist');
  mkdirSync(join(webDist, 'assets'), { recursive: true });
  writeFileSync(join(webDist, 'index.html'), '<title>Plimsoll</title>');
  writeFileSync(join(webDist, 'assets/page-abc.js'), 'export {}');
  platform = await startTestPlatform({ webDist });
});

afterAll(async () => {
  await platform.stop();
  rmSync(join(webDist, '..'), { recursive: true });
});

function errorsOf(response: { body: string }) {
  return ErrorDocument.parse(JSON.parse(response.body)).errors;
}

it.each([
  ['no version', '/rest/orgs?version=', 400, { parameter: 'version' }],
  ['a malformed version', '/rest/orgs?version=now', 400, { parameter: 'version' }],
  ['a version of the future', '/rest/orgs?version=2999-01-01', 400, { parameter: 'version' }],
  ['a version before the first', '/rest/orgs?version=2020-01-01', 404, { parameter: 'version' }],
  ['an unknown path', '/rest/nothing', 404, undefined],
  ['a page size of 0', '/rest/orgs?limit=0', 400, { parameter: 'limit' }],
  ['a page size of 101', '/rest/orgs?limit=101', 400, { parameter: 'limit' }],
  ['a cursor that is none', '/rest/orgs?starting_after=abc', 400, { parameter: 'starting_after' }],
  ['an id that is no UUID', '/rest/orgs/1/projects/1', 404, undefined],
] as const)('refuses %s', async (_, url, status, source) => {
  const response = await platform.request('GET', url);

  expect(response.statusCode).toBe(status);
  expect(response.headers['content-type']).toMatch('application/vnd.api+json');
  const [error] = errorsOf(response);
  expect(error).toMatchObject({ status: String(status), ...(source && { source }) });
});

it('tells the version that it served, and takes it from a header too', async () => {
  const response = await platform.app.inject({
    url: '/rest/orgs',
    headers: { authorization: `token ${platform.adminToken}`, 'snyk-version': '2025-09-17' },
  });

  expect(response.statusCode).toBe(200);
  expect(response.headers).toMatchObject({
    'snyk-version-requested': '2025-09-17',
    'snyk-version-served': '2021-06-04',
    'snyk-version-lifecycle-stage': 'ga',
  });
});

it('echoes the id of a request when it is a UUID, and makes one otherwise', async () => {
  const id = '11111111-2222-4333-8444-555555555555';
  const echoed = await platform.request('GET', '/rest/self', { headers: { 'snyk-request-id': id } });
  const made = await platform.request('GET', '/rest/self', { headers: { 'snyk-request-id': 'x y' } });

  expect(echoed.headers['snyk-request-id']).toBe(id);
  expect(made.headers['snyk-request-id']).toMatch(/^[0-9a-f-]{36}$/);
});

it('reports each fault of a document with a pointer', async () => {
  const response = await platform.request('POST', `/rest/orgs/${platform.orgId}/service_accounts`, {
    body: { data: { type: 'service_account', attributes: { name: '', role_id: 'king' } } },
  });

  expect(response.statusCode).toBe(400);
  expect(errorsOf(response).map((error) => error.source?.pointer)).toEqual([
    '/data/attributes/name',
    '/data/attributes/role_id',
  ]);
});

it.each([
  ['a body that is no JSON', '{', 'application/vnd.api+json', 400],
  ['a body of another type', 'a=b', 'application/x-www-form-urlencoded', 415],
  ['a body that is too large', JSON.stringify('x'.repeat(300_000)), 'application/json', 413],
  ['no body', '', 'application/json', 400],
  ['a body that poisons prototypes', '{"__proto__":{"x":1}}', 'application/json', 400],
])('refuses %s', async (_, body, type, status) => {
  const response = await platform.request('POST', '/rest/sessions', {
    body,
    headers: { 'content-type': type },
  });

  expect(response.statusCode).toBe(status);
  expect(errorsOf(response)).toHaveLength(1);
});

it('answers v1 errors in their own form, under both prefixes', async () => {
  for (const prefix of ['/v1', '/api/v1']) {
    const response = await platform.request('GET', `${prefix}/org/${platform.orgId}/integrations`, {
      token: 'wrong',
    });

    expect(response.statusCode).toBe(401);
    expect(V1Error.parse(JSON.parse(response.body))).toMatchObject({ code: 401 });
  }
});

it('refuses requests with a session from other sites', async () => {
  const signIn = await platform.request('POST', '/rest/sessions', {
    token: null,
    body: {
      data: { type: 'session', attributes: { email: 'admin@example.test', password: 'a long password' } },
    },
  });
  const cookie = String(signIn.headers['set-cookie']).split(';')[0] ?? '';
  const patch = (headers: Record<string, string>) =>
    platform.request('PATCH', `/rest/orgs/${platform.orgId}`, {
      token: null,
      headers: { cookie, host: 'platform.test', ...headers },
      body: { data: { type: 'org', attributes: { name: 'Renamed' } } },
    });

  expect((await patch({ origin: 'https://evil.test' })).statusCode).toBe(403);
  expect((await patch({ origin: 'null' })).statusCode).toBe(403);
  expect((await patch({ origin: 'http://platform.test' })).statusCode).toBe(200);
});

it('says that it is alive and ready, and counts', async () => {
  const alive = await platform.app.inject('/healthcheck');
  const ready = await platform.app.inject('/readyz');
  const metrics = await platform.app.inject('/metrics');

  expect(alive.json()).toMatchObject({ ok: true });
  expect(ready.json()).toEqual({ ok: true, checks: { database: 'ok', jobs: 'ok', running: 'ok' } });
  expect(metrics.body).toContain('plimsoll_http_request_duration_seconds_count');
  expect(metrics.body).not.toContain(platform.orgId);
});

it('serves the page for its own addresses, and its assets for ever', async () => {
  const page = await platform.app.inject('/images/1');
  const asset = await platform.app.inject('/assets/page-abc.js');

  expect(page.body).toContain('Plimsoll');
  expect(page.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
    'x-content-type-options': 'nosniff',
  });
  expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
});

it.each(['/assets/gone.js', '/rest', '/rest/', '/v1/nothing', '/api/v1/nothing', '/broker'])(
  'has no page at %s',
  async (url) => {
    expect((await platform.app.inject(url)).statusCode).not.toBe(200);
  },
);

it.each([
  '/../package.json',
  '/assets/%2e%2e/%2e%2e/package.json',
  '/%2e%2e%2fpackage.json',
  '/..%5cpackage.json',
])('serves nothing outside its folder for %s', async (url) => {
  writeFileSync(join(webDist, '../package.json'), 'outside');
  const { body } = await platform.app.inject(url);
  rmSync(join(webDist, '../package.json'));

  expect(body).not.toContain('outside');
});
