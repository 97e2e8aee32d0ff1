import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
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
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acceptRules } from './support/deployed-broker.ts';
import { createCertificate } from './support/certificate.ts';
import { startNginx, type Nginx } from './support/nginx.ts';
import { PlatformApi } from './support/platform-api.ts';
import { unusedPort } from './support/plimsoll.ts';
import { startPlatform, type RunningProcess } from './support/processes.ts';
import { missingPrograms } from './support/programs.ts';
import { admin, startAgent, startBrokerClient } from './support/replica-world.ts';

// A platform behind an nginx that passes no upgrade: the tunnel goes through it in ordinary requests.

const missing = missingPrograms('nginx', 'openssl');
if (missing.length > 0) console.log(`polling.test.ts skipped: ${missing.join(', ')}`);

const sent = randomBytes(24 * 1024 * 1024);
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe.skipIf(missing.length > 0)('a tunnel by long polling', () => {
  let folder: string;
  let registry: TestRegistry;
  let database: TestDatabase;
  let sql: Client;
  let platform: RunningProcess;
  let nginx: Nginx;
  let agent: RunningProcess;
  let client: RunningProcess;
  /** The agent, and beside it what sends back what it is sent. */
  let front: Server;
  let api: PlatformApi;
  let integrationPath: string;
  let tokenId: string;
  let broker: string;
  let headers: Record<string, string>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'plimsoll-polling-'));
    const content = createContent();
    const files = [
      { path: 'etc/os-release', content: 'ID=debian\nVERSION_ID="12"\n' },
      {
        path: 'var/lib/dpkg/status',
        content: 'Package: tool\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0\n\n',
      },
    ];
    addImage(content, 'team/app', 'v1', await buildImage({ layers: [{ files }] }));
    registry = await startTestRegistry({ content });
    database = await createTestDatabase();
    sql = new Client({ connectionString: database.connectionString });
    await sql.connect();
    const url = `http://127.0.0.1:${await unusedPort()}`;
    const certificate = await createCertificate(folder);
    platform = await startPlatform(url, database, admin, { API_REQUESTS_PER_MINUTE: '0' });
    nginx = await startNginx(folder, url, certificate, [60], false);
    const started = await startAgent(folder);
    agent = started.running;
    front = createServer((request, response) => {
      if (request.url === '/echo') return request.pipe(response);
      const { method, headers: passed } = request;
      const asked = httpRequest(`${started.url}${request.url}`, { method, headers: passed });
      asked.on('response', (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(response);
      });
      return request.pipe(asked);
    });
    await once(front.listen(0, '127.0.0.1'), 'listening');
    api = await PlatformApi.signIn(url, admin.email, admin.password);
    const { id } = await api.post(`${api.org}/integrations`, 'integration', { integration_type: 'oci' });
    integrationPath = `${api.org}/integrations/${id}`;
    const token = await api.post(`${integrationPath}/broker_tokens`, 'broker_token', {});
    tokenId = token.id;
    const account = await api.post(`${api.org}/service_accounts`, 'service_account', {
      name: 'polling',
      auth_type: 'api_key',
      role_id: 'admin',
    });
    headers = { authorization: `token ${String(account.attributes['api_key'])}` };
    broker = `${url}/broker/${id}`;
    const accept = join(folder, 'accept.json');
    const own = { method: 'POST', path: '/echo' };
    writeFileSync(accept, JSON.stringify({ ...acceptRules, private: [...acceptRules.private, own] }));
    client = await startBrokerClient({
      BROKER_TOKEN: String(token.attributes['token']),
      BROKER_SERVER_URL: nginx.urls[0]!,
      BROKER_TRANSPORT: 'auto',
      CA_CERT: certificate.certificateFile,
      CR_AGENT_URL: `http://127.0.0.1:${(front.address() as AddressInfo).port}`,
      CR_BASE: registry.base,
      ACCEPT: accept,
      ACCEPT_UNSAFE: 'true',
    });
  });

  afterAll(async () => {
    await Promise.all([client.stop(), agent.stop(), nginx.stop(), platform.stop()]);
    front.close();
    await sql.end();
    await database.drop();
    await registry.stop();
    rmSync(folder, { recursive: true });
  });

  it('is fallen back to, and lists, scans and brings the results', async () => {
    expect(client.output()).toMatch(/"transport":"polling".*"tunnel open"/);

    await api.post(
      `${integrationPath.replace('/integrations/', '/container_import/')}/policy`,
      'container_registry_import_policy',
      { policy: { name: 'Everything', import_policy: { type: 'ImportAll' } } },
    );

    const scanned = async () =>
      (await sql.query(`select from project where scan_status = 'scanned' and image_id is not null`))
        .rowCount;
    await expect.poll(scanned, { timeout: 30_000, interval: 100 }).toBe(1);
  });

  it('streams bodies both ways, whole', async () => {
    const answer = await fetch(`${broker}/echo`, { method: 'POST', headers, body: sent });

    expect(answer.status).toBe(200);
    expect(digest(await buffer(answer.body!))).toBe(digest(sent));
  });

  it('closes when its token is revoked', async () => {
    const path = `${integrationPath}/broker_tokens/${tokenId}?version=2025-09-17`;
    const revoked = await fetch(new URL(path, broker), { method: 'DELETE', headers });
    expect(revoked.status).toBe(204);

    await expect
      .poll(() => client.output(), { timeout: 5_000, interval: 50 })
      .toMatch(/the broker token is not valid any more.*tunnel lost[^]*broker token refused/);
  });
});
