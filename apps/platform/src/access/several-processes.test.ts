import { afterAll, beforeAll, expect, it } from 'vitest';
import { removeServiceAccount } from '../organizations/service-account-store.ts';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';

let first: TestPlatform;
let second: TestPlatform;

beforeAll(async () => {
  first = await startTestPlatform();
  second = await startTestPlatform({ database: first.database });
});

afterAll(async () => {
  await second.stop();
  await first.stop();
});

async function self(platform: TestPlatform, token: string): Promise<number> {
  return (await platform.request('GET', '/rest/self', { token })).statusCode;
}

async function makeAccount(): Promise<{ id: string; token: string }> {
  const attributes = { name: 'script', auth_type: 'api_key', role_id: 'viewer' };
  const body = { data: { type: 'service_account', attributes } };
  const made = await first.request('POST', `/rest/orgs/${first.orgId}/service_accounts`, { body });
  const { data } = made.json() as { data: { id: string; attributes: { api_key: string } } };
  return { id: data.id, token: data.attributes.api_key };
}

it('refuses a revoked token at once where it was revoked, and soon in every other process', async () => {
  const { id, token } = await makeAccount();
  expect([await self(first, token), await self(second, token)]).toEqual([200, 200]);

  await first.request('DELETE', `/rest/orgs/${first.orgId}/service_accounts/${id}`);

  expect(await self(first, token)).toBe(401);
  // Well before what is kept is over: the clock of the test stands still.
  await expect.poll(() => self(second, token)).toBe(401);
});

it('hears of what is changed in the database by whomever', async () => {
  const { id, token } = await makeAccount();
  expect(await self(second, token)).toBe(200);

  await removeServiceAccount(first.db, first.orgId, id);

  await expect.poll(() => self(second, token)).toBe(401);
});
