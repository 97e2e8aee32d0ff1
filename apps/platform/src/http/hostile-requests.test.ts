import { randomUUID } from 'node:crypto';
import { anything, assert, asyncProperty, constantFrom, record, string, stringMatching } from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addIntegration } from '../integrations/integration-store.ts';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';

let platform: TestPlatform;
let org: string;
let lists: string[];

beforeAll(async () => {
  platform = await startTestPlatform();
  org = `/rest/orgs/${platform.orgId}`;
  const { db, orgId } = platform;
  const { id } = await addIntegration(db, orgId, 'oci', 'one');
  for (const name of ['two', 'three']) await addIntegration(db, orgId, 'oci', name);
  for (const role of ['viewer', 'sync'] as const) await platform.tokenOf(role);
  const targets = ['a', 'b', 'c'].map((name) => ({ org_id: orgId, integration_id: id, name }));
  await db.insertInto('target').values(targets).execute();
  lists = ['/integrations', '/service_accounts', '/targets?exclude_empty=false'].map((path) => org + path);
});

afterAll(() => platform.stop());

function withParameter(url: string, name: string, value: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(value)}`;
}

it('refuses cursors that somebody made for the right list', async () => {
  for (const url of lists) {
    const { links } = (await platform.request('GET', withParameter(url, 'limit', '1'))).json() as {
      links: { next: string };
    };
    const cursor = new URL(links.next, 'http://x').searchParams.get('starting_after') ?? '';
    const { list } = JSON.parse(Buffer.from(cursor.slice(3), 'base64url').toString()) as { list: string };
    for (const key of [[], ['x'], ['x', 'y'], [1, 2], ['a\0b', randomUUID()], ['a', 'b', 'c', 'd']]) {
      const forged = `v1.${Buffer.from(JSON.stringify({ key, list })).toString('base64url')}`;
      const response = await platform.request('GET', withParameter(url, 'starting_after', forged));

      expect(`${url} ${JSON.stringify(key)}: ${response.statusCode}`).toMatch(/: 400$/);
    }
  }
});

it('takes no NUL in a text', async () => {
  const attributes = { integration_type: 'oci', profile_name: 'a\0b' };
  const body = { data: { type: 'integration', attributes } };

  expect((await platform.request('POST', `${org}/integrations`, { body })).statusCode).toBe(400);
  expect((await platform.request('GET', `${org}/targets?search=%00`)).statusCode).toBe(400);
  const rename = { data: { type: 'org', attributes: { name: 'a\0b' } } };
  expect((await platform.request('PATCH', org, { body: rename })).statusCode).toBe(400);
});

it('answers any query without failing', async () => {
  const parameters = [
    'limit',
    'version',
    'names',
    'search',
    'scan_item.id',
    'starting_after',
    'count',
    'meta_count',
  ];
  await assert(
    asyncProperty(
      constantFrom('/projects', '/targets', '/issues', '/integrations'),
      constantFrom(...parameters),
      string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
      async (path, name, value) => {
        const response = await platform.request('GET', withParameter(org + path, name, value));
        expect(response.statusCode).toBeLessThan(500);
      },
    ),
    { numRuns: 150 },
  );
});

it('answers any document without failing', async () => {
  const paths = ['/service_accounts', '/integrations', `/container_import/${randomUUID()}/policy`];
  await assert(
    asyncProperty(
      constantFrom(...paths),
      record(
        { data: record({ type: string(), attributes: anything() }, { requiredKeys: [] }) },
        { requiredKeys: [] },
      ),
      async (path, body) => {
        const text = JSON.stringify(body, (_, value: unknown) =>
          typeof value === 'bigint' ? String(value) : value,
        );
        const response = await platform.request('POST', org + path, { body: text });
        expect(response.statusCode).toBe(400);
      },
    ),
    { numRuns: 100 },
  );
});

it('answers any credential without failing', async () => {
  await assert(
    asyncProperty(stringMatching(/^[\x20-\x7e]{0,80}$/), async (authorization) => {
      const url = '/rest/self?version=2025-11-05';
      const bearer = await platform.app.inject({ url, headers: { authorization } });
      const cookie = await platform.app.inject({
        url,
        headers: { cookie: `plimsoll_session=${authorization}` },
      });
      expect([bearer.statusCode, cookie.statusCode]).toEqual([401, 401]);
    }),
    { numRuns: 100 },
  );
});
