import { Org, pageOf, V1Org } from '@plimsoll/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';

let platform: TestPlatform;

beforeAll(async () => {
  platform = await startTestPlatform();
});

afterAll(() => platform.stop());

async function make(body: object, headers: Record<string, string>) {
  return await platform.request('POST', '/v1/org', { token: null, body, headers });
}

it('makes an organization, and makes the person an admin of it', async () => {
  const cookie = await platform.signIn();
  const made = await make({ name: 'Second harbour' }, { cookie });
  const again = await make({ name: 'Second harbour', groupId: 'any' }, { cookie });
  const org = V1Org.parse(made.json());
  const orgs = await platform.request('GET', '/rest/orgs', { token: null, headers: { cookie } });

  expect(made.statusCode).toBe(201);
  expect(org).toMatchObject({ name: 'Second harbour', slug: 'second-harbour' });
  expect(V1Org.parse(again.json()).slug).toMatch(/^second-harbour-[0-9a-f]{8}$/);
  expect(
    pageOf(Org)
      .parse(orgs.json())
      .data.map(({ id }) => id),
  ).toContain(org.id);
  const renamed = await platform.request('PATCH', `/rest/orgs/${org.id}`, {
    token: null,
    headers: { cookie },
    body: { data: { type: 'org', attributes: { name: 'Third' } } },
  });
  expect(renamed.statusCode).toBe(200);
});

it('copies nothing, and is not for service accounts', async () => {
  const cookie = await platform.signIn();
  const copied = await make({ name: 'Copy', sourceOrgId: platform.orgId }, { cookie });
  const body = { name: 'By a script' };

  expect(copied.statusCode).toBe(400);
  expect((await platform.request('POST', '/v1/org', { body })).statusCode).toBe(403);
});
