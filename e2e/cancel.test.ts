import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@plimsoll/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PlatformApi } from './support/platform-api.ts';
import { unusedPort } from './support/plimsoll.ts';
import { startPlatform, type RunningProcess } from './support/processes.ts';
import { admin, startAgent, startBrokerClient } from './support/replica-world.ts';

// A registry that takes its time, and consumers and clients that do not wait for it: platform, broker client and agent
// are real processes, and whoever gives up is noticed at the far end of all of them.

let folder: string;
let database: TestDatabase;
let platform: RunningProcess;
let client: RunningProcess;
let agent: Awaited<ReturnType<typeof startAgent>>;
let registry: Server;
/** The listing that the registry does not answer. */
let hanging: PromiseWithResolvers<ServerResponse>;
let url: string;
let headers: Record<string, string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-cancel-'));
  hanging = Promise.withResolvers();
  registry = createServer((request, response) => {
    if (request.url?.startsWith('/v2/_catalog')) hanging.resolve(response);
    else response.end('{}');
  });
  await once(registry.listen(0, '127.0.0.1'), 'listening');
  database = await createTestDatabase();
  const platformUrl = `http://127.0.0.1:${await unusedPort()}`;
  platform = await startPlatform(platformUrl, database, admin);
  const api = await PlatformApi.signIn(platformUrl, admin.email, admin.password);
  const { id } = await api.post(`${api.org}/integrations`, 'integration', { integration_type: 'oci' });
  const token = await api.post(`${api.org}/integrations/${id}/broker_tokens`, 'broker_token', {});
  const account = await api.post(`${api.org}/service_accounts`, 'service_account', {
    name: 'cancel',
    auth_type: 'api_key',
    role_id: 'admin',
  });
  agent = await startAgent(folder);
  client = await startBrokerClient({
    BROKER_TOKEN: String(token.attributes['token']),
    BROKER_SERVER_URL: platformUrl,
    CR_AGENT_URL: agent.url,
    CR_BASE: `http://127.0.0.1:${(registry.address() as AddressInfo).port}`,
  });
  url = `${platformUrl}/broker/${id}/list?limit=10`;
  headers = {
    authorization: `token ${String(account.attributes['api_key'])}`,
    'x-broker-var-sub': 'authorization',
  };
});

afterAll(async () => {
  await Promise.all([client.kill(), agent.running.stop(), platform.stop()]);
  registry.closeAllConnections();
  registry.close();
  await database.drop();
  rmSync(folder, { recursive: true });
});

it('ends the request to the registry when the consumer at the platform gives up', async () => {
  const consumer = new AbortController();
  const answer = fetch(url, { headers, signal: consumer.signal }).catch((error: Error) => error.name);
  const asked = await hanging.promise;
  const closed = once(asked, 'close');

  const started = performance.now();
  consumer.abort();
  await closed;

  console.log(`cancelled at the registry after ${Math.round(performance.now() - started)} ms`);
  expect(await answer).toBe('AbortError');
  expect(asked.writableFinished).toBe(false);
});

it('ends the consumer’s request at once when the broker client dies', async () => {
  hanging = Promise.withResolvers();
  const answer = fetch(url, { headers });
  await hanging.promise;

  await client.kill();
  const { status, headers: told } = await answer;

  expect([503, 502]).toContain(status);
  expect(told.get('x-broker-failure')).toMatch(/^(?:client-disconnected|no-connection)$/);
});
