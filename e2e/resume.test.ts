import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  addImage,
  buildImage,
  createContent,
  createTestDatabase,
  stalled,
  startTestRegistry,
  type TestDatabase,
  type TestRegistry,
} from '@plimsoll/testkit';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { PlatformApi } from './support/platform-api.ts';
import { answers, startPlatform, startProcess, type RunningProcess } from './support/processes.ts';
import { unusedPort } from './support/plimsoll.ts';

// A sync of 200 images through the real tunnel, with a platform that is killed twice on the way: once while it lists,
// once while images are being scanned. Nothing may be lost, nothing doubled, and no image read twice.

const repositories = 20;
const tagsPerRepository = 10;
const images = repositories * tagsPerRepository;
/** A sync lists so many repositories at a time. */
const repositoriesInFlight = 4;
const email = 'admin@example.com';
const password = 'correct horse battery staple';

let registry: TestRegistry;
let database: TestDatabase;
let sql: Client;
let folder: string;
let platformUrl: string;
let platform: RunningProcess;
const others: RunningProcess[] = [];

beforeAll(async () => {
  registry = await startTestRegistry({ content: await manyImages() });
  database = await createTestDatabase();
  sql = new Client({ connectionString: database.connectionString });
  await sql.connect();
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-resume-'));
  platformUrl = `http://127.0.0.1:${await unusedPort()}`;
  platform = await startPlatform(platformUrl, database, { email, password });
});

afterAll(async () => {
  await Promise.all([platform, ...others].map((process) => process.stop()));
  await sql.end();
  await database.drop();
  await registry.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function manyImages() {
  const content = createContent();
  const base = { files: [{ path: 'etc/os-release', content: 'ID=debian\nVERSION_ID="12"\n' }] };
  for (let number = 0; number < images; number += 1) {
    const status = `Package: tool-${number}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.${number}\n\n`;
    const image = await buildImage({
      layers: [base, { files: [{ path: 'var/lib/dpkg/status', content: status }] }],
    });
    addImage(content, `team/app-${number % repositories}`, `v${Math.floor(number / repositories)}`, image);
  }
  return content;
}

/** Starts an agent and a broker client for an integration, and waits until they are connected. */
async function connect(brokerToken: string): Promise<void> {
  const [agentPort, brokerPort] = [await unusedPort(), await unusedPort()];
  const agent = startProcess('agent', {
    PORT: String(agentPort),
    HOST: '127.0.0.1',
    MAX_ACTIVE_OPERATIONS: '2',
    CACHE_DIR: join(folder, 'cache'),
  });
  others.push(agent);
  await answers(`http://127.0.0.1:${agentPort}/healthcheck`, agent);
  const client = startProcess('broker-client', {
    BROKER_TOKEN: brokerToken,
    BROKER_SERVER_URL: platformUrl,
    BROKER_CLIENT_URL: `http://127.0.0.1:${brokerPort}`,
    CR_AGENT_URL: `http://127.0.0.1:${agentPort}`,
    CR_TYPE: 'oci',
    CR_BASE: registry.base,
    PORT: String(brokerPort),
    HOST: '127.0.0.1',
  });
  others.push(client);
  await answers(`http://127.0.0.1:${brokerPort}/healthcheck`, client);
}

async function count(query: string): Promise<number> {
  const { rows } = await sql.query<{ count: string }>(`select count(*) from ${query}`);
  return Number(rows[0]?.count);
}

/** Kills the platform as soon as a query counts so many, and starts it again. */
async function crashAt(query: string, atLeast: number): Promise<void> {
  await vi.waitFor(async () => expect(await count(query)).toBeGreaterThanOrEqual(atLeast), {
    timeout: 120_000,
    interval: 10,
  });
  await platform.kill();
  platform = await startPlatform(platformUrl, database, { email, password });
}

it('loses and doubles nothing when the platform is killed in the middle of a sync', async () => {
  const api = await PlatformApi.signIn(platformUrl, email, password);
  const integration = await api.post(`${api.org}/integrations`, 'integration', { integration_type: 'oci' });
  const path = `${api.org}/integrations/${integration.id}`;
  const token = await api.post(`${path}/broker_tokens`, 'broker_token', {});
  await connect(String(token.attributes['token']));
  // The listing stands still at one repository, so that the crash finds it in the middle.
  registry.faults.add({ path: /\/app-7\/tags\/list$/, fault: stalled(), times: 1 });
  await api.post(`${api.org}/container_import/${integration.id}/policy`, 'container_registry_import_policy', {
    policy: { name: 'Everything', import_policy: { type: 'ImportAll' } },
  });

  await crashAt('observation', images - tagsPerRepository);
  expect(await count('project')).toBe(0);
  await crashAt(`project where scan_status = 'scanned'`, 40);
  const scannedAtCrash = await count(`project where scan_status = 'scanned'`);
  await vi.waitFor(async () => expect(await count('sync_run where finished_at is null')).toBe(0), {
    timeout: 240_000,
    interval: 200,
  });

  expect(scannedAtCrash).toBeLessThan(images);
  const { rows: runs } = await sql.query(
    'select status, listing_complete, repositories, tags, to_import, warnings from sync_run',
  );
  expect(runs).toEqual([
    {
      status: 'completed',
      listing_complete: true,
      repositories,
      tags: images,
      to_import: images,
      warnings: [],
    },
  ]);
  expect(await count(`project where scan_status = 'scanned' and image_id is not null`)).toBe(images);
  expect(await count('(select distinct repository, tag from project) as named')).toBe(images);
  expect(await count('scan')).toBe(images);
  expect(await count('image')).toBe(images);
  // Nothing was read twice: what had been listed stayed listed, but for what the crash found under way, and the agent went on with the scans it had, whose
  // results found the new platform.
  const listed = timesAsked(/^\/v2\/.+\/tags\/list$/);
  expect(listed.length).toBe(repositories);
  expect(listed.filter((times) => times > 1).length).toBeLessThanOrEqual(repositoriesInFlight);
  expect(timesAsked(/^\/v2\/.+\/blobs\/.+$/).filter((times) => times > 1)).toEqual([]);
}, 300_000);

/** How often paths of this kind were asked for, each counted by itself. */
function timesAsked(path: RegExp): number[] {
  const times = new Map<string, number>();
  for (const { method, url } of registry.requests) {
    if (method === 'GET' && path.test(url.pathname)) {
      times.set(url.pathname, (times.get(url.pathname) ?? 0) + 1);
    }
  }
  return [...times.values()];
}
