import { documentOf, Org, pageOf, Self, ServiceAccount } from '@plimsoll/contracts';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startTestPlatform, testAdmin, type TestPlatform } from '../testing-platform.ts';
import { hashPassword, verifyPassword } from './passwords.ts';

let platform: TestPlatform;

beforeAll(async () => {
  platform = await startTestPlatform({ publicUrl: 'https://platform.test' });
});

afterEach(() => {
  platform.clock.now = new Date();
});

afterAll(() => platform.stop());

function signIn(email: string, password: string) {
  const body = { data: { type: 'session', attributes: { email, password } } };
  return platform.request('POST', '/rest/sessions', { token: null, body });
}

async function accounts(): Promise<ServiceAccount[]> {
  const response = await platform.request('GET', `/rest/orgs/${platform.orgId}/service_accounts?limit=100`);
  return pageOf(ServiceAccount).parse(response.json()).data;
}

function addAccount(attributes: object) {
  const body = { data: { type: 'service_account', attributes } };
  return platform.request('POST', `/rest/orgs/${platform.orgId}/service_accounts`, { body });
}

it('signs a person in with a cookie that scripts cannot read and other sites cannot send', async () => {
  const response = await signIn(testAdmin.email.toUpperCase(), testAdmin.password);

  expect(response.statusCode).toBe(201);
  expect(documentOf(Self).parse(response.json()).data.attributes).toMatchObject({
    email: testAdmin.email,
    default_org_context: platform.orgId,
  });
  expect(response.headers['set-cookie']).toMatch(
    /^plimsoll_session=plm_s_.*HttpOnly; Secure; SameSite=Strict$/,
  );
});

it('ends a session when the person signs out, and when its time is over', async () => {
  const cookies = await Promise.all(
    [1, 2].map(async () => String((await signIn(testAdmin.email, testAdmin.password)).headers['set-cookie'])),
  );
  const [first = '', second = ''] = cookies.map((cookie) => cookie.split(';')[0]);
  const self = async (cookie: string) =>
    (await platform.request('GET', '/rest/self', { token: null, headers: { cookie } })).statusCode;

  const out = await platform.request('DELETE', '/rest/sessions/current', {
    token: null,
    headers: { cookie: first },
  });
  expect(out.statusCode).toBe(204);
  expect([await self(first), await self(second)]).toEqual([401, 200]);

  platform.clock.now = new Date(Date.now() + 8 * 24 * 60 * 60 * 1000);
  expect(await self(second)).toBe(401);
});

it('refuses a wrong password and an unknown address in the same words', async () => {
  const wrong = await signIn('other@example.test', 'wrong');
  const unknown = await signIn('nobody@example.test', testAdmin.password);

  expect([wrong.statusCode, unknown.statusCode]).toEqual([401, 401]);
  expect(wrong.json().errors[0].detail).toBe(unknown.json().errors[0].detail);
});

it('makes one address wait after ten wrong passwords, and says how long', async () => {
  const attempts = await Promise.all(
    Array.from({ length: 12 }, () => signIn('target@example.test', 'guess')),
  );
  const statuses = attempts.map((attempt) => attempt.statusCode);

  expect(statuses.filter((status) => status === 401)).toHaveLength(10);
  const limited = attempts.find((attempt) => attempt.statusCode === 429);
  expect(Number(limited?.headers['retry-after'])).toBeGreaterThan(800);
  expect((await signIn('somebody.else@example.test', 'guess')).statusCode).toBe(401);

  platform.clock.now = new Date(Date.now() + 16 * 60 * 1000);
  expect((await signIn('target@example.test', 'guess')).statusCode).toBe(401);
});

it('makes a network wait after fifty wrong passwords, whatever right ones come from there in between', async () => {
  platform.clock.now = new Date(Date.now() + 60 * 60 * 1000);
  const guess = async (n: number) => (await signIn(`somebody.${n}@example.test`, 'guess')).statusCode;
  const first = await Promise.all(Array.from({ length: 49 }, (_, n) => guess(n)));
  const right = await signIn(testAdmin.email, testAdmin.password);
  const last = [await guess(50), await guess(51)];

  expect(new Set(first)).toEqual(new Set([401]));
  expect(right.statusCode).toBe(201);
  expect(last).toEqual([401, 429]);
});

it('shows the token of a service account once, and stores only its hash', async () => {
  const made = documentOf(ServiceAccount).parse(
    (await addAccount({ name: 'ci', role_id: 'sync' })).json(),
  ).data;
  const token = made.attributes.api_key ?? '';

  expect(token).toMatch(/^plm_sa_[\w-]{43}$/);
  expect((await accounts()).find(({ id }) => id === made.id)?.attributes).not.toHaveProperty('api_key');
  const stored = JSON.stringify(await platform.db.selectFrom('service_account').selectAll().execute());
  expect(stored).not.toContain(token);
  for (const scheme of ['token', 'Token', 'Bearer', 'bearer']) {
    const self = await platform.app.inject({
      url: '/rest/self?version=2025-11-05',
      headers: { authorization: `${scheme} ${token}` },
    });
    expect(documentOf(Self).parse(self.json()).data).toMatchObject({ id: made.id, type: 'service_account' });
  }
});

it('replaces and revokes tokens', async () => {
  const made = documentOf(ServiceAccount).parse((await addAccount({ name: 'rotated' })).json()).data;
  const url = `/rest/orgs/${platform.orgId}/service_accounts/${made.id}`;
  const old = made.attributes.api_key ?? '';
  const replaced = documentOf(ServiceAccount).parse(
    (await platform.request('POST', `${url}/secrets`)).json(),
  );
  const next = replaced.data.attributes.api_key ?? '';
  const status = async (token: string) => (await platform.request('GET', '/rest/self', { token })).statusCode;

  expect([await status(old), await status(next)]).toEqual([401, 200]);
  expect((await platform.request('DELETE', url)).statusCode).toBe(204);
  expect(await status(next)).toBe(401);
  expect((await platform.request('DELETE', url)).statusCode).toBe(404);
});

it('lets access tokens expire, and demands the time', async () => {
  const endless = await addAccount({ name: 'endless', auth_type: 'access_token' });
  const past = await addAccount({ name: 'past', access_token_expires_at: '2020-01-01T00:00:00Z' });
  const soon = new Date(Date.now() + 60_000).toISOString();
  const made = await addAccount({ name: 'soon', auth_type: 'access_token', access_token_expires_at: soon });

  expect([endless.statusCode, past.statusCode, made.statusCode]).toEqual([400, 400, 201]);
  expect(endless.json().errors[0].source.pointer).toBe('/data/attributes/access_token_expires_at');
  platform.clock.now = new Date(Date.now() + 61_000);
  const token = made.json().data.attributes.api_key as string;
  expect((await platform.request('GET', '/rest/self', { token })).statusCode).toBe(401);
});

it('renames service accounts and finds them by id', async () => {
  const made = documentOf(ServiceAccount).parse((await addAccount({ name: 'old name' })).json()).data;
  const url = `/rest/orgs/${platform.orgId}/service_accounts/${made.id}`;
  await platform.request('PATCH', url, {
    body: { data: { type: 'service_account', attributes: { name: 'new name' } } },
  });

  const found = documentOf(ServiceAccount).parse((await platform.request('GET', url)).json());
  expect(found.data.attributes.name).toBe('new name');
});

it('pages through service accounts made in the same millisecond', async () => {
  const rows = Array.from({ length: 25 }, (_, n) => ({
    org_id: platform.orgId,
    name: `bulk ${n}`,
    auth_type: 'api_key',
    role: 'viewer',
    token_hash: Buffer.from(`bulk ${n}`),
  }));
  await platform.db.insertInto('service_account').values(rows).execute();

  const seen: string[] = [];
  let url: string | undefined = `/rest/orgs/${platform.orgId}/service_accounts?limit=10`;
  while (url !== undefined) {
    const page: { data: ServiceAccount[]; links: { next?: string | undefined } } = pageOf(
      ServiceAccount,
    ).parse((await platform.request('GET', url)).json());
    seen.push(...page.data.map(({ id }) => id));
    url = page.links.next;
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toHaveLength((await accounts()).length);
});

it('shows and renames the organizations of the caller', async () => {
  await platform.otherOrganization();
  const listed = pageOf(Org).parse((await platform.request('GET', '/rest/orgs')).json());
  const renamed = await platform.request('PATCH', `/rest/orgs/${platform.orgId}`, {
    body: { data: { type: 'org', attributes: { name: 'Harbour' } } },
  });
  const filtered = await platform.request('GET', '/rest/orgs?slug=nothing');

  expect(listed.data.map(({ id }) => id)).toEqual([platform.orgId]);
  expect(documentOf(Org).parse(renamed.json()).data.attributes).toMatchObject({
    name: 'Harbour',
    slug: 'my-organization',
  });
  expect(pageOf(Org).parse(filtered.json()).data).toEqual([]);
});

it('makes the first login only on a database without people', async () => {
  expect(await platform.provisionAgain()).toBeUndefined();
});

it('knows a password by its hash, however its letters are composed', async () => {
  const hash = await hashPassword('caf\u00e9');

  expect(hash).toMatch(/^scrypt\$32768\$8\$1\$/);
  expect(await verifyPassword('cafe\u0301', hash)).toBe(true);
  expect(await verifyPassword('cafe', hash)).toBe(false);
  expect(await verifyPassword('caf\u00e9', 'nonsense')).toBe(false);
});
