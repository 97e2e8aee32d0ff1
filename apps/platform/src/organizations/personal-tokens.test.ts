import { documentOf, pageOf, PersonalToken, Self } from '@plimsoll/contracts';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startTestPlatform, testAdmin, type TestPlatform } from '../testing-platform.ts';

const path = '/rest/self/personal_access_tokens';
const dayMs = 24 * 60 * 60 * 1000;

let platform: TestPlatform;
let cookie: string;

beforeAll(async () => {
  platform = await startTestPlatform();
  cookie = await platform.signIn();
});

afterEach(() => {
  platform.clock.now = new Date();
});

afterAll(() => platform.stop());

async function make(attributes: object) {
  const body = { data: { type: 'personal_access_token', attributes } };
  return await platform.request('POST', path, { token: null, headers: { cookie }, body });
}

async function tokenOf(name: string): Promise<{ id: string; token: string }> {
  const { data } = documentOf(PersonalToken).parse((await make({ name })).json());
  return { id: data.id, token: data.attributes.token ?? '' };
}

async function list(): Promise<PersonalToken[]> {
  const answer = await platform.request('GET', `${path}?limit=100`, { token: null, headers: { cookie } });
  return pageOf(PersonalToken).parse(answer.json()).data;
}

async function statusOf(token: string): Promise<number> {
  return (await platform.request('GET', '/rest/self', { token })).statusCode;
}

it('lets the scripts of a person in as that person, with its roles', async () => {
  const { token } = await tokenOf('laptop');
  const self = documentOf(Self).parse((await platform.request('GET', '/rest/self', { token })).json());
  const renamed = await platform.request('PATCH', `/rest/orgs/${platform.orgId}`, {
    token,
    body: { data: { type: 'org', attributes: { name: 'Harbour' } } },
  });

  expect(token).toMatch(/^plm_pt_[\w-]{43}$/);
  expect(self.data).toMatchObject({ type: 'user', attributes: { email: testAdmin.email } });
  expect(renamed.statusCode).toBe(200);
  await platform.db.updateTable('membership').set({ role: 'viewer' }).execute();
  const body = { data: { type: 'org', attributes: { name: 'No' } } };
  const refused = await platform.request('PATCH', `/rest/orgs/${platform.orgId}`, { token, body });
  await platform.db.updateTable('membership').set({ role: 'admin' }).execute();
  expect(refused.statusCode).toBe(403);
});

it('shows a token once, stores only its hash, and tells when it was used last', async () => {
  const { id, token } = await tokenOf('shown once');
  const find = async () => (await list()).find((one) => one.id === id)?.attributes;
  const unused = await find();
  await statusOf(token);
  const used = await find();

  expect(unused).toMatchObject({ name: 'shown once' });
  expect(unused).not.toHaveProperty('token');
  expect(unused).not.toHaveProperty('last_used_at');
  expect(used?.last_used_at).toBe(platform.clock.now.toISOString());
  const stored = JSON.stringify(await platform.db.selectFrom('personal_token').selectAll().execute());
  expect(stored).not.toContain(token);
});

it('expires, after 90 days unless told, and within a year', async () => {
  const { token } = await tokenOf('default');
  const inDays = (days: number) => new Date(Date.now() + days * dayMs).toISOString();
  const [late, past, fine] = await Promise.all(
    [inDays(367), inDays(-1), inDays(1)].map((time) => make({ name: 'x', expires_at: time })),
  );

  expect([late?.statusCode, past?.statusCode, fine?.statusCode]).toEqual([400, 400, 201]);
  expect(late?.json().errors[0].source.pointer).toBe('/data/attributes/expires_at');
  platform.clock.now = new Date(Date.now() + 89 * dayMs);
  expect(await statusOf(token)).toBe(200);
  platform.clock.now = new Date(Date.now() + 91 * dayMs);
  expect(await statusOf(token)).toBe(401);
});

it('is revoked at once', async () => {
  const { id, token } = await tokenOf('revoked');
  const remove = () => platform.request('DELETE', `${path}/${id}`, { token: null, headers: { cookie } });

  expect((await remove()).statusCode).toBe(204);
  expect(await statusOf(token)).toBe(401);
  expect((await remove()).statusCode).toBe(404);
});

it('cannot make other tokens, and is not for service accounts', async () => {
  const { token } = await tokenOf('parent');
  const body = { data: { type: 'personal_access_token', attributes: { name: 'child' } } };

  expect((await platform.request('POST', path, { token, body })).statusCode).toBe(403);
  expect((await platform.request('POST', path, { body })).statusCode).toBe(403);
  expect((await platform.request('GET', path)).statusCode).toBe(403);
});

it('is named by the audit log beside the person', async () => {
  const { id, token } = await tokenOf('nightly');
  await platform.request('PATCH', `/rest/orgs/${platform.orgId}`, {
    token,
    body: { data: { type: 'org', attributes: { name: 'By a script' } } },
  });
  const url = `/rest/orgs/${platform.orgId}/audit_logs/search?sort_order=DESC&size=1`;
  const answer = (await platform.request('GET', url)).json() as {
    data: { attributes: { items: object[] } };
  };

  expect(answer.data.attributes.items[0]).toMatchObject({
    event: 'org.edit',
    content: { actor: { type: 'user', personal_token: { id, name: 'nightly' } } },
  });
});

it('shows a person only its own tokens', async () => {
  const { id } = await tokenOf('mine');
  const { password_hash: hash } = await platform.db
    .selectFrom('person')
    .select('password_hash')
    .executeTakeFirstOrThrow();
  const email = 'other@example.test';
  await platform.db.insertInto('person').values({ email, name: 'Other', password_hash: hash }).execute();
  const headers = { cookie: await platform.signIn({ email, password: testAdmin.password }) };
  const others = await platform.request('GET', path, { token: null, headers });

  expect(pageOf(PersonalToken).parse(others.json()).data).toEqual([]);
  expect((await platform.request('DELETE', `${path}/${id}`, { token: null, headers })).statusCode).toBe(404);
});
