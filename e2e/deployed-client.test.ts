import { once } from 'node:events';
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  addImage,
  buildImage,
  createContent,
  createTestDatabase,
  startTestRegistry,
  type TestDatabase,
  type TestRegistry,
} from '@plimsoll/testkit';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { acceptRules, installDeployedBroker, type RunningClient } from './support/deployed-broker.ts';
import { PlatformApi } from './support/platform-api.ts';
import { unusedPort } from './support/plimsoll.ts';
import { answers, startPlatform, startProcess, type RunningProcess } from './support/processes.ts';

// The unmodified npm client of the deployed broker, between our platform and our agent.

const images = 6;
const email = 'admin@example.com';
const password = 'correct horse battery staple';
const registryPassword = 'canary-registry-password';
const bulkBytes = 100 * 1024 * 1024;

const broker = await installDeployedBroker();
let registry: TestRegistry;
let database: TestDatabase;
let sql: Client;
let folder: string;
let platformUrl: string;
let platform: RunningProcess;
let agent: RunningProcess;
let agentUrl: string;
let api: PlatformApi;
let integrationPath: string;
let integrationId: string;
let brokerToken: string;
/** Sends 100 MiB to whoever asks. */
let bulk: Server;
let acceptFile: string;
const clients: RunningClient[] = [];

beforeAll(async () => {
  if (!broker) return;
  registry = await startTestRegistry({ content: await someImages() });
  database = await createTestDatabase();
  sql = new Client({ connectionString: database.connectionString });
  await sql.connect();
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-deployed-'));
  bulk = createServer((_request, response) => {
    createReadStream('/dev/zero', { end: bulkBytes - 1 }).pipe(response);
  });
  await once(bulk.listen(0, '127.0.0.1'), 'listening');
  const origin = `http://127.0.0.1:${(bulk.address() as AddressInfo).port}`;
  acceptFile = join(folder, 'accept.json');
  const own = { method: 'GET', path: '/bulk', origin };
  writeFileSync(acceptFile, JSON.stringify({ ...acceptRules, private: [...acceptRules.private, own] }));
  platformUrl = `http://127.0.0.1:${await unusedPort()}`;
  platform = await startOpenPlatform();
  agentUrl = `http://127.0.0.1:${await unusedPort()}`;
  agent = startProcess('agent', {
    PORT: new URL(agentUrl).port,
    HOST: '127.0.0.1',
    CACHE_DIR: join(folder, 'cache'),
  });
  await answers(`${agentUrl}/healthcheck`, agent);
  api = await PlatformApi.signIn(platformUrl, email, password);
  const integration = await api.post(`${api.org}/integrations`, 'integration', { integration_type: 'oci' });
  integrationId = integration.id;
  integrationPath = `${api.org}/integrations/${integration.id}`;
  const token = await api.post(`${integrationPath}/broker_tokens`, 'broker_token', {});
  brokerToken = String(token.attributes['token']);
});

afterAll(async () => {
  if (!broker) return;
  await Promise.all([platform, agent, ...clients].map((running) => running.stop()));
  await sql.end();
  await database.drop();
  await registry.stop();
  bulk.close();
  rmSync(folder, { recursive: true, force: true });
  broker.remove();
});

async function someImages() {
  const content = createContent();
  for (let number = 0; number < images; number += 1) {
    const status = `Package: tool-${number}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.${number}\n\n`;
    const files = [
      { path: 'etc/os-release', content: 'ID=debian\nVERSION_ID="12"\n' },
      { path: 'var/lib/dpkg/status', content: status },
    ];
    addImage(content, `team/app-${number % 2}`, `v${number}`, await buildImage({ layers: [{ files }] }));
  }
  return content;
}

/** A platform that lets deployed clients in. */
function startOpenPlatform(): Promise<RunningProcess> {
  const env = { DEPLOYED_CLIENTS_ENABLED: 'true', LOG_LEVEL: 'debug' };
  return startPlatform(platformUrl, database, { email, password }, env);
}

/** Starts the deployed client and waits until both of its sockets are open. */
async function connect(token: string): Promise<{ url: string; client: RunningClient }> {
  const url = `http://127.0.0.1:${await unusedPort()}`;
  const document = {
    type: 'oci',
    username: 'reader',
    password: registryPassword,
    registryBase: registry.base,
  };
  const credentials = Buffer.from(JSON.stringify(document)).toString('base64');
  const client = broker!.start({
    ACCEPT: acceptFile,
    BROKER_TOKEN: token,
    BROKER_SERVER_URL: platformUrl,
    BROKER_CLIENT_URL: url,
    PORT: new URL(url).port,
    CR_AGENT_URL: agentUrl,
    CR_CREDENTIALS: credentials,
    BROKER_CLIENT_VALIDATION_URL: `${agentUrl}/systemcheck`,
    BROKER_CLIENT_VALIDATION_AUTHORIZATION_HEADER: credentials,
    PREFLIGHT_CHECKS_ENABLED: 'false',
    IPV6_CONNECTIVITY_CHECK_ENABLED: 'false',
  });
  clients.push(client);
  await answers(`${url}/healthcheck`, client);
  return { url, client };
}

async function count(query: string): Promise<number> {
  const { rows } = await sql.query<{ count: string }>(`select count(*) from ${query}`);
  return Number(rows[0]?.count);
}

it.skipIf(!broker)('syncs a registry: list, scan and results, and the check of the credentials', async () => {
  const { url } = await connect(brokerToken);

  const check = await fetch(`${url}/systemcheck`);
  await api.post(
    `${integrationPath.replace('/integrations/', '/container_import/')}/policy`,
    'container_registry_import_policy',
    { policy: { name: 'Everything', import_policy: { type: 'ImportAll' } } },
  );

  expect([check.status, await check.json()]).toMatchObject([200, [{ ok: true }]]);
  await vi.waitFor(
    async () =>
      expect(await count(`project where scan_status = 'scanned' and image_id is not null`)).toBe(images),
    { timeout: 25_000, interval: 200 },
  );
  expect(await count('image')).toBe(images);
});

it.skipIf(!broker)('streams 100 MiB through it', async () => {
  const account = await api.post(`${api.org}/service_accounts`, 'service_account', {
    name: 'bulk',
    auth_type: 'api_key',
    role_id: 'admin',
  });
  const headers = { authorization: `token ${String(account.attributes['api_key'])}` };

  const answer = await fetch(`${platformUrl}/broker/${integrationId}/bulk`, { headers });
  let received = 0;
  for await (const chunk of answer.body ?? []) received += chunk.length;

  expect([answer.status, received]).toEqual([200, bulkBytes]);
});

it.skipIf(!broker)('finds the platform again after that was killed', async () => {
  await platform.kill();
  platform = await startOpenPlatform();

  await vi.waitFor(() => expect(platform.output()).toContain('tunnel open'), {
    timeout: 60_000,
    interval: 50,
  });
});

it.skipIf(!broker)('takes in a second client of the same token', async () => {
  const times = (text: string) => platform.output().split(text).length - 1;
  const before = times('tunnel open');

  await connect(brokerToken);

  await vi.waitFor(() => expect(times('tunnel open')).toBeGreaterThanOrEqual(before + 2), {
    timeout: 30_000,
    interval: 50,
  });
});

it.skipIf(!broker)('keeps a client with a wrong token out, and writes no token into a log', async () => {
  const url = `http://127.0.0.1:${await unusedPort()}`;
  const wrong = '11111111-2222-4333-8444-555555555555';
  const client = broker!.start({
    BROKER_TOKEN: wrong,
    BROKER_SERVER_URL: platformUrl,
    BROKER_CLIENT_URL: url,
    PORT: new URL(url).port,
    CR_AGENT_URL: agentUrl,
    PREFLIGHT_CHECKS_ENABLED: 'false',
  });
  clients.push(client);

  await vi.waitFor(() => expect(platform.output()).toContain('broker token refused'), {
    timeout: 30_000,
    interval: 50,
  });
  const health = await fetch(`${url}/healthcheck`);

  expect(health.status).toBe(500);
  for (const secret of [wrong, brokerToken, registryPassword])
    expect(platform.output()).not.toContain(secret);
});
