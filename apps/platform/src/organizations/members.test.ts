import { documentOf, Invite, Membership, pageOf, type Role } from '@plimsoll/contracts';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startTestPlatform, testAdmin, type TestPlatform } from '../testing-platform.ts';

const password = 'ten letters or more';

let platform: TestPlatform;
let org: string;

beforeAll(async () => {
  platform = await startTestPlatform();
  org = `/rest/orgs/${platform.orgId}`;
});

afterEach(() => {
  platform.clock.now = new Date();
});

afterAll(() => platform.stop());

async function invite(email: string, role: Role = 'viewer') {
  const body = { data: { type: 'org_invitation', attributes: { email, role } } };
  return await platform.request('POST', `${org}/invites`, { body });
}

async function tokenFor(email: string, role?: Role): Promise<string> {
  const { data } = documentOf(Invite).parse((await invite(email, role)).json());
  return data.attributes.url?.split('#')[1] ?? '';
}

async function accept(token: string, more: object = {}) {
  const attributes = { token, name: 'New', password, ...more };
  const body = { data: { type: 'invite_acceptance', attributes } };
  return await platform.request('POST', '/rest/invites/accept', { token: null, body });
}

async function members(): Promise<Membership[]> {
  return pageOf(Membership).parse((await platform.request('GET', `${org}/memberships?limit=100`)).json())
    .data;
}

async function idOf(email: string): Promise<string> {
  const all = await members();
  return all.find(({ relationships }) => relationships.user.data.attributes.email === email)?.id ?? '';
}

function roleDocument(role: Role) {
  const relationships = { role: { data: { id: role, type: 'org_role' } } };
  return { data: { type: 'org_membership', relationships } };
}

it('lets somebody join who was asked, with the role of the invite, once', async () => {
  const email = 'ada@example.test';
  const token = await tokenFor(email, 'collaborator');
  const accepted = await accept(token);
  const again = await accept(token);
  const cookie = await platform.signIn({ email, password });
  const refused = await platform.request('PATCH', org, {
    token: null,
    headers: { cookie },
    body: { data: { type: 'org', attributes: { name: 'No' } } },
  });

  expect(token).toMatch(/^plm_i_[\w-]{43}$/);
  expect([accepted.statusCode, again.statusCode, refused.statusCode]).toEqual([204, 404, 403]);
  const ada = (await members()).find(
    ({ relationships }) => relationships.user.data.attributes.email === email,
  );
  expect(ada?.relationships.role.data.id).toBe('collaborator');
});

it('shows where to join once, and takes an invite back', async () => {
  const token = await tokenFor('back@example.test');
  const listed = pageOf(Invite).parse((await platform.request('GET', `${org}/invites`)).json()).data;
  const [mine] = listed.filter(({ attributes }) => attributes.email === 'back@example.test');

  expect(mine?.attributes).toMatchObject({ role: 'viewer', is_active: true });
  expect(mine?.attributes).not.toHaveProperty('url');
  expect((await platform.request('DELETE', `${org}/invites/${mine?.id}`)).statusCode).toBe(204);
  expect((await accept(token)).statusCode).toBe(404);
});

it('lets nobody join with an older invite of the same address, or after a week, or with a short password', async () => {
  const first = await tokenFor('twice@example.test');
  const second = await tokenFor('Twice@example.test');
  const short = await accept(second, { password: 'short' });

  expect((await accept(first)).statusCode).toBe(404);
  expect(short.json()).toMatchObject({
    errors: [{ source: { pointer: '/data/attributes/password' } }],
  });
  platform.clock.now = new Date(Date.now() + 8 * 24 * 60 * 60 * 1000);
  expect((await accept(second)).statusCode).toBe(404);
});

it('adds somebody who has an account, by its address', async () => {
  const known = await invite(testAdmin.email);
  const cookie = await platform.signIn();
  const made = await platform.request('POST', '/v1/org', {
    token: null,
    headers: { cookie },
    body: { name: 'Second' },
  });
  await accept(await tokenFor('both@example.test'));
  const second = `/rest/orgs/${made.json<{ id: string }>().id}/memberships`;
  const add = async (email: string) => {
    const document = roleDocument('viewer');
    const body = { data: { ...document.data, attributes: { email } } };
    return (await platform.request('POST', second, { token: null, headers: { cookie }, body })).statusCode;
  };

  expect(known.statusCode).toBe(409);
  expect([await add('both@example.test'), await add('both@example.test')]).toEqual([201, 409]);
  expect(await add('nobody@example.test')).toBe(404);
});

it('changes what a member may do at once, and keeps the last admin', async () => {
  const email = 'eve@example.test';
  await accept(await tokenFor(email, 'viewer'));
  const eve = `${org}/memberships/${await idOf(email)}`;
  const admin = `${org}/memberships/${await idOf(testAdmin.email)}`;
  const headers = { cookie: await platform.signIn({ email, password }) };
  const rename = async () => {
    const body = { data: { type: 'org', attributes: { name: 'By Eve' } } };
    return (await platform.request('PATCH', org, { token: null, headers, body })).statusCode;
  };

  expect(await rename()).toBe(403);
  expect((await platform.request('PATCH', admin, { body: roleDocument('viewer') })).statusCode).toBe(409);
  expect((await platform.request('DELETE', admin)).statusCode).toBe(409);
  expect((await platform.request('PATCH', eve, { body: roleDocument('admin') })).statusCode).toBe(200);
  expect(await rename()).toBe(200);
  expect((await platform.request('DELETE', eve)).statusCode).toBe(204);
  expect(await rename()).toBe(404);
  expect((await platform.request('DELETE', eve)).statusCode).toBe(404);
});
