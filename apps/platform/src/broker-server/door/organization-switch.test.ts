import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestPlatform, type TestPlatform } from '../../testing-platform.ts';

let platform: TestPlatform;

beforeEach(async () => {
  platform = await startTestPlatform({ acceptsDeployedClients: true });
});

afterEach(() => platform.stop());

/** A client's first message; primus-emitter in a message of Engine.IO. */
const identify = (token: string) => {
  const metadata = { capabilities: ['post-streams'], clientId: 'c', version: '5.22.14', role: 'primary' };
  return `4${JSON.stringify({ type: 0, data: ['identify', { token, metadata }] })}`;
};

it('is shut for the clients of an organization that takes none, also those that are in', async () => {
  const org = `/rest/orgs/${platform.orgId}`;
  const attributes = { integration_type: 'oci' };
  const made = await platform.request('POST', `${org}/integrations`, {
    body: { data: { type: 'integration', attributes } },
  });
  const { id } = made.json<{ data: { id: string } }>().data;
  const answer = await platform.request('POST', `${org}/integrations/${id}/broker_tokens`, {
    body: { data: { type: 'broker_token', attributes: {} } },
  });
  const { token } = answer.json<{ data: { attributes: { token: string } } }>().data.attributes;
  const knock = async () => (await fetch(`${platform.url}/primus/${token}/?EIO=4&transport=polling`)).status;
  const set = async (deployed_clients: boolean) =>
    platform.request('PATCH', org, {
      body: { data: { type: 'org', attributes: { deployed_clients } } },
    });

  const before = await knock();
  const open = await fetch(`${platform.url}/primus/${token}/?EIO=4&transport=polling`);
  const { sid } = JSON.parse((await open.text()).slice(1)) as { sid: string };
  const poll = `${platform.url}/primus/${token}/?EIO=4&transport=polling&sid=${sid}`;
  await fetch(poll, { method: 'POST', body: identify(token) });
  const clients = async () => (await platform.request('GET', `/connection-status/${id}`)).statusCode;
  await expect.poll(clients).toBe(200);
  const changed = await set(false);
  await expect.poll(clients, { timeout: 5_000 }).toBe(404);
  const shut = await knock();
  await set(true);

  expect(changed.json()).toMatchObject({ data: { attributes: { deployed_clients: false } } });
  expect([before, shut, await knock()]).toEqual([200, 403, 200]);
});
