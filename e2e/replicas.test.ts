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
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { startBalancer, type Balancer } from './support/balancer.ts';
import { PlatformApi } from './support/platform-api.ts';
import type { RunningProcess } from './support/processes.ts';
import {
  admin,
  startAgent,
  startBrokerClient,
  startReplica,
  type PlatformProcess,
} from './support/replica-world.ts';

// Several processes of the platform on one database: one of two is killed in the middle of a sync; and each role has a
// process of its own.

const repositories = 12;
const tagsPerRepository = 5;

let registry: TestRegistry;
let folder: string;
let database: TestDatabase;
let sql: Client;
let agent: { url: string; running: RunningProcess };
let balancer: Balancer | undefined;
const running: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-replicas-'));
  const content = createContent();
  for (let number = 0; number < repositories * tagsPerRepository; number += 1) {
    const image = await buildImage({ layers: [{ files: [{ path: 'etc/hostname', content: `${number}` }] }] });
    addImage(content, `team/app-${number % repositories}`, `v${Math.floor(number / repositories)}`, image);
  }
  registry = await startTestRegistry({ content });
  agent = await startAgent(folder);
});

beforeEach(async () => {
  database = await createTestDatabase();
  sql = new Client({ connectionString: database.connectionString });
  await sql.connect();
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((process) => process.stop()));
  await balancer?.stop();
  balancer = undefined;
  await sql.end();
  await database.drop();
});

afterAll(async () => {
  await agent.running.stop();
  await registry.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function count(query: string): Promise<number> {
  const { rows } = await sql.query<{ count: string }>(`select count(*) from ${query}`);
  return Number(rows[0]?.count);
}

async function replicaOf(env?: Record<string, string>): Promise<PlatformProcess> {
  const replica = await startReplica(database, env);
  running.push({ stop: () => replica.running.stop() });
  return replica;
}

/** Connects the registry and imports everything in it. */
async function startSync(api: PlatformApi): Promise<void> {
  const integration = await api.post(`${api.org}/integrations`, 'integration', { integration_type: 'oci' });
  const path = `${api.org}/integrations/${integration.id}`;
  const token = await api.post(`${path}/broker_tokens`, 'broker_token', {});
  running.push(
    await startBrokerClient({
      BROKER_TOKEN: String(token.attributes['token']),
      BROKER_SERVER_URL: balancer?.url ?? '',
      CR_AGENT_URL: agent.url,
      CR_BASE: registry.base,
    }),
  );
  await api.post(`${api.org}/container_import/${integration.id}/policy`, 'container_registry_import_policy', {
    policy: { name: 'Everything', import_policy: { type: 'ImportAll' } },
  });
}

async function everythingIsScanned(): Promise<void> {
  await vi.waitFor(
    async () =>
      expect(await count(`project where scan_status = 'scanned'`)).toBe(repositories * tagsPerRepository),
    { timeout: 150_000, interval: 100 },
  );
  await vi.waitFor(async () => expect(await count('sync_run where finished_at is null')).toBe(0), {
    timeout: 30_000,
    interval: 100,
  });
  const { rows } = await sql.query('select status, listing_complete, warnings from sync_run');
  expect(rows).toEqual([{ status: 'completed', listing_complete: true, warnings: [] }]);
  expect(await count('scan')).toBe(repositories * tagsPerRepository);
}

it('goes on with a sync at the other replica when the one that works on it is killed', async () => {
  const first = await replicaOf();
  balancer = await startBalancer([first]);
  await expect.poll(() => balancer?.isReady(first.url)).toBe(true);
  await balancer.stop();
  // Only the first replica works when the sync begins, so that it is known whom to kill.
  const second = await replicaOf({ ROLES: 'api,broker-server' });
  balancer = await startBalancer([first, second]);
  await expect.poll(() => balancer?.isReady(first.url) && balancer.isReady(second.url)).toBe(true);
  registry.faults.add({ path: /\/app-7\/tags\/list$/, fault: stalled(), times: 1 });
  await startSync(await PlatformApi.signIn(second.url, admin.email, admin.password));
  const listed = repositories * tagsPerRepository - tagsPerRepository;
  await vi.waitFor(async () => expect(await count('observation')).toBeGreaterThanOrEqual(listed), {
    timeout: 60_000,
    interval: 20,
  });
  const worker = await replicaOf({ ROLES: 'worker' });

  await first.running.kill();
  const killedAt = performance.now();
  await vi.waitFor(async () => expect(await count('scan')).toBeGreaterThan(0), {
    timeout: 150_000,
    interval: 50,
  });

  console.log(
    `sync went on ${Math.round((performance.now() - killedAt) / 100) / 10} s after the replica was killed`,
  );
  // The lease of the run decided: the queue holds the dead process's job for alive still.
  expect(await count(`pgboss.job where name = 'sync.run' and state = 'active'`)).toBeGreaterThan(0);
  await everythingIsScanned();
  expect(worker.running.output()).toContain('registry synced');
}, 240_000);

it('works with each role in a process of its own', async () => {
  const api = await replicaOf({ ROLES: 'api' });
  const broker = await replicaOf({ ROLES: 'broker-server' });
  await replicaOf({ ROLES: 'worker' });
  const isTunnel = (path: string) => path.startsWith('/broker/');
  balancer = await startBalancer([
    { url: api.url, takes: (path) => !isTunnel(path) },
    { url: broker.url, takes: isTunnel },
  ]);
  await expect.poll(() => balancer?.isReady(api.url) && balancer.isReady(broker.url)).toBe(true);

  await startSync(await PlatformApi.signIn(api.url, admin.email, admin.password));

  await everythingIsScanned();
}, 240_000);
