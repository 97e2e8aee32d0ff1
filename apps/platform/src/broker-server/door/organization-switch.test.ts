import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestPlatform, type TestPlatform } from '../../testing-platform.ts';

let platform: TestPlatform;

beforeEach(async () => {
  platform = await startTestPlatform({ acceptsDeployedClients: true });
});

afterEach(() => platform.stop());

it('is shut for the clients of an organization that takes none', async () => {
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
  const changed = await set(false);
  const shut = await knock();
  await set(true);

  expect(changed.json()).toMatchObject({ data: { attributes: { deployed_clients: false } } });
  expect([before, shut, await knock()]).toEqual([200, 403, 200]);
});
