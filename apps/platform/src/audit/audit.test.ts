import { createHash } from 'node:crypto';
import { AuditLogPage, auditEvents, type AuditEntry } from '@plimsoll/contracts';
import { Secret } from '@plimsoll/runtime';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestPlatform, testAdmin, type TestPlatform } from '../testing-platform.ts';
import { removeEntriesBefore } from './audit-store.ts';
import { ChangeWorld, changeRecipes, type ChangeRequest } from './testing-changes.ts';

type Operation = { 'x-audit-event'?: string };

let platform: TestPlatform;
let world: ChangeWorld;

beforeAll(async () => {
  platform = await startTestPlatform({
    notifications: {
      encryptionKeys: [new Secret('a key for tests, 32 characters or more')],
      networks: ['127.0.0.0/8'],
    },
  });
  world = new ChangeWorld(platform);
  // The first request of a token notes that it was used.
  await platform.request('GET', '/rest/self');
  await sql`create function refuse_entry() returns trigger language plpgsql as
    $$ begin raise exception 'no audit log today'; end $$`.execute(platform.db);
});

afterAll(async () => {
  await world.close();
  await platform.stop();
});

const mutating = ['post', 'put', 'patch', 'delete'];

/** Every route that changes something, as the API document has it. */
async function changingRoutes(): Promise<{ method: string; path: string; event: string | undefined }[]> {
  const document = (await platform.app.inject('/rest/openapi/2025-09-17')).json() as {
    paths: Record<string, Record<string, Operation>>;
  };
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => mutating.includes(method))
      .map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        event: operation['x-audit-event'],
      })),
  );
}

async function send(method: string, request: ChangeRequest, path: string) {
  const url = path.startsWith('/api/') ? `/api${request.url}` : request.url;
  return await platform.request(method as 'POST', url, {
    ...(request.token !== undefined && { token: request.token }),
    ...(request.body !== undefined && { body: request.body }),
    ...(request.headers && { headers: request.headers }),
  });
}

async function entryCount(): Promise<number> {
  const { count } = await platform.db
    .selectFrom('audit_entry')
    .select((select) => select.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

/** For each table a text that changes when any of its rows does. */
async function wholeState(): Promise<Set<string>> {
  const { rows: tables } = await sql<{ name: string }>`
    select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
    where schemaname = 'public' or (schemaname = 'pgboss' and tablename like 'job%') order by 1`.execute(
    platform.db,
  );
  const parts = tables.map(
    ({ name }) =>
      sql`select ${name}::text || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as part
        from ${sql.raw(name)} t`,
  );
  const { rows } = await sql<{ part: string }>`${sql.join(parts, sql` union all `)}`.execute(platform.db);
  return new Set(rows.map(({ part }) => part));
}

async function search(query = '', token?: string) {
  return await platform.request(
    'GET',
    `/rest/orgs/${platform.orgId}/audit_logs/search?${query}`,
    token === undefined ? {} : { token },
  );
}

async function itemsOf(query: string): Promise<AuditEntry[]> {
  return AuditLogPage.parse((await search(query)).json()).data.attributes.items;
}

it('has an entry in the same transaction for whatever a route changes, and no secret in any of them', async () => {
  const routes = await changingRoutes();
  const secrets = new Set<string>();
  const wrong: string[] = [];
  for (const { method, path, event } of routes) {
    const name = `${method} ${path}`;
    if (event === undefined) continue;
    const recipe = changeRecipes[name.replace(' /api/', ' /')];
    if (!recipe) {
      wrong.push(`${name}: no request in testing-changes.ts`);
      continue;
    }
    const request = await recipe(world);

    // Without its entry the change does not happen.
    await sql`create trigger refuse before insert on audit_entry for each row execute function refuse_entry()`.execute(
      platform.db,
    );
    const before = await wholeState();
    const refused = await send(method, request, path);
    if (refused.statusCode !== 500) wrong.push(`${name}: ${refused.statusCode} without an audit log`);
    const changed = [...(await wholeState())].filter((part) => !before.has(part));
    if (changed.length > 0) wrong.push(`${name}: without an audit log ${changed.join()}`);
    await sql`drop trigger refuse on audit_entry`.execute(platform.db);

    const count = await entryCount();
    const done = await send(method, request, path);
    if (done.statusCode >= 300) wrong.push(`${name}: ${done.statusCode} ${done.body}`);
    if ((await entryCount()) !== count + 1) wrong.push(`${name}: ${(await entryCount()) - count} entries`);
    const last = await platform.db
      .selectFrom('audit_entry')
      .selectAll()
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow();
    const isHere = (last.org_id === platform.orgId) !== (request.isElsewhere ?? false);
    if (last.event !== event || !isHere || last.address !== '127.0.0.1') {
      wrong.push(`${name}: ${JSON.stringify(last)}`);
    }
    for (const secret of request.secrets ?? []) secrets.add(secret);
    const answer = JSON.stringify(done.headers) + done.body;
    for (const [secret] of answer.matchAll(/plm_[a-z]+_[\w-]{20,}/g)) secrets.add(secret);
  }

  expect(wrong).toEqual([]);
  expect(routes.length).toBeGreaterThan(30);
  expect(secrets.size).toBeGreaterThan(5);
  secrets.add('in-the-query');
  const { rows } = await sql<{ text: string }>`select audit_entry::text as text from audit_entry`.execute(
    platform.db,
  );
  const log = rows.map(({ text }) => text).join('\n');
  for (const secret of secrets) {
    expect(log).not.toContain(secret);
    expect(log).not.toContain(createHash('sha256').update(secret).digest('hex'));
  }
}, 120_000);

it('knows which routes change nothing although they are no GET', async () => {
  const quiet = (await changingRoutes()).filter(({ event }) => event === undefined);

  expect(new Set(quiet.map(({ method, path }) => `${method} ${path.replace('/api/', '/')}`))).toEqual(
    new Set([
      'POST /rest/orgs/{org_id}/integrations/{integration_id}/connection_checks',
      'POST /v1/org/{org_id}/project/{project_id}/aggregated-issues',
      'POST /v1/org/{org_id}/project/{project_id}/history',
    ]),
  );
});

it('tells who renamed an organization, from where, and what the name was', async () => {
  const before = (await platform.request('GET', `/rest/orgs/${platform.orgId}`)).json() as {
    data: { attributes: { name: string } };
  };
  const headers = { 'snyk-request-id': '11111111-2222-4333-8444-555555555555' };
  await platform.request('PATCH', `/rest/orgs/${platform.orgId}`, {
    body: { data: { type: 'org', attributes: { name: 'Renamed' } } },
    headers,
  });
  const [entry] = await itemsOf('events=org.edit&sort_order=DESC&size=1');

  expect(entry).toMatchObject({
    event: 'org.edit',
    org_id: platform.orgId,
    content: {
      actor: { type: 'service_account', name: 'admin' },
      address: '127.0.0.1',
      request_id: headers['snyk-request-id'],
      resource: { type: 'org', id: platform.orgId, name: 'Renamed' },
      before: { name: before.data.attributes.name },
      after: { name: 'Renamed' },
    },
  });
});

it('tells of somebody who tried a wrong password', async () => {
  const attributes = { email: testAdmin.email, password: 'a wrong password' };
  await platform.request('POST', '/rest/sessions', {
    token: null,
    body: { data: { type: 'session', attributes } },
  });
  const [entry] = await itemsOf('events=user.session.refuse');

  expect(entry?.content).toMatchObject({
    actor: { type: 'user' },
    resource: { type: 'session', name: testAdmin.email },
  });
});

it('is read page by page, in both orders, each entry once', async () => {
  const pages = async (order: string) => {
    const found: string[] = [];
    let query: string | undefined = `sort_order=${order}&size=7`;
    while (query !== undefined) {
      const page: AuditLogPage = AuditLogPage.parse((await search(query)).json());
      found.push(...page.data.attributes.items.map((item) => JSON.stringify(item)));
      query = page.links.next?.split('?')[1];
    }
    return found;
  };
  const ascending = await pages('ASC');

  expect(ascending.length).toBeGreaterThan(30);
  expect(new Set(ascending).size).toBe(ascending.length);
  expect(await pages('DESC')).toEqual(ascending.toReversed());
});

it('filters by event, actor, project and time', async () => {
  const all = [...(await itemsOf('size=100')), ...(await itemsOf('size=100&sort_order=DESC'))];
  const actor = all.find(({ content }) => content.actor.type === 'user')?.content.actor.id ?? '';
  const project = all.find(({ project_id: id }) => id !== undefined)?.project_id ?? '';
  const time = all[10]?.created ?? '';

  expect(new Set((await itemsOf('events=org.edit,org.project.edit')).map(({ event }) => event))).toEqual(
    new Set(['org.edit', 'org.project.edit']),
  );
  expect((await itemsOf('exclude_events=org.edit&size=100')).map(({ event }) => event)).not.toContain(
    'org.edit',
  );
  expect(new Set((await itemsOf(`user_id=${actor}`)).map(({ content }) => content.actor.id))).toEqual(
    new Set([actor]),
  );
  expect(new Set((await itemsOf(`project_id=${project}`)).map((entry) => entry.project_id))).toEqual(
    new Set([project]),
  );
  expect((await itemsOf(`from=${time}&size=100`))[0]?.created).toBe(time);
  expect(await itemsOf('to=2000-01-01T00:00:00Z')).toEqual([]);
  expect((await search('events=a&exclude_events=b')).statusCode).toBe(400);
  expect((await search('cursor=x')).json()).toMatchObject({
    errors: [{ source: { parameter: 'cursor' } }],
  });
});

it('is for admins only', async () => {
  for (const role of ['collaborator', 'viewer', 'sync'] as const) {
    expect((await search('', await platform.tokenOf(role))).statusCode).toBe(404);
  }
});

it('forgets entries that are older than the time for which they are kept', async () => {
  const insert = (days: number) =>
    sql`insert into audit_entry (org_id, event, actor_kind, actor_name, resource_type, created_at)
      values (${platform.orgId}, 'org.edit', 'system', 'test', ${`${days} days old`},
        now() - make_interval(days => ${days}))`.execute(platform.db);
  await insert(366);
  await insert(364);
  const yearAgo = new Date(Date.now() - 365 * 24 * 60 * 60 * 1000);
  await removeEntriesBefore(platform.db, yearAgo, new AbortController().signal);
  const lastWeek = new Date(Date.now() - 7 * 24 * 60 * 60 * 1000).toISOString();
  const left = await itemsOf(`from=2000-01-01T00:00:00Z&to=${lastWeek}`);

  expect(left.map(({ content }) => content.resource.type)).toEqual(['364 days old']);
});

it('has a list of its events without doubles', () => {
  expect(new Set(auditEvents).size).toBe(auditEvents.length);
});
