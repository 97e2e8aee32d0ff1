import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  buildImage,
  buildIndex,
  createTestDatabase,
  writeLayout,
  type NamedImage,
  type TestDatabase,
} from '@plimsoll/testkit';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startDockerRegistry, type DockerRegistry } from './support/docker-registry.ts';
import { PlatformApi } from './support/platform-api.ts';
import { unusedPort } from './support/plimsoll.ts';
import { answers, startPlatform, startProcess, type RunningProcess } from './support/processes.ts';
import { missingPrograms } from './support/programs.ts';
import { pushImage, skopeoJson } from './support/skopeo.ts';

// Debian's docker-registry tells the broker client of pushes; the next sync is a day away.

const missing = missingPrograms('docker-registry', 'skopeo');
if (missing.length > 0) console.log(`push-events.test.ts skipped: not installed: ${missing.join(', ')}`);
const canRun = missing.length === 0;

const email = 'admin@example.com';
const password = 'correct horse battery staple';
const pathSecret = 'canary-path-secret-0123456789';
const webhookSecret = 'canary-webhook-secret';
const notifications = 'application/vnd.docker.distribution.events.v1+json';

let folder: string;
let layout: string;
let database: TestDatabase;
let sql: Client;
let registry: DockerRegistry;
let platformUrl: string;
let platform: RunningProcess;
let agent: RunningProcess;
let client: RunningProcess;
let clientUrl: string;
let api: PlatformApi;
let integrationPath: string;

beforeAll(async () => {
  if (!canRun) return;
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-push-events-'));
  layout = await writeImages();
  database = await createTestDatabase();
  sql = new Client({ connectionString: database.connectionString });
  await sql.connect();
  platformUrl = `http://127.0.0.1:${await unusedPort()}`;
  clientUrl = `http://127.0.0.1:${await unusedPort()}`;
  const agentUrl = `http://127.0.0.1:${await unusedPort()}`;
  registry = await startDockerRegistry({
    notify: { url: `${clientUrl}/webhooks/${pathSecret}`, authorization: `Bearer ${webhookSecret}` },
  });
  platform = await startPlatform(platformUrl, database, { email, password }, { LOG_LEVEL: 'debug' });
  agent = startProcess('agent', {
    PORT: new URL(agentUrl).port,
    HOST: '127.0.0.1',
    CACHE_DIR: join(folder, 'cache'),
  });
  api = await PlatformApi.signIn(platformUrl, email, password);
  const integration = await api.post(`${api.org}/integrations`, 'integration', { integration_type: 'oci' });
  integrationPath = `${api.org}/integrations/${integration.id}`;
  const token = await api.post(`${integrationPath}/broker_tokens`, 'broker_token', {});
  await answers(`${agentUrl}/healthcheck`, agent);
  client = startProcess('broker-client', {
    PORT: new URL(clientUrl).port,
    HOST: '127.0.0.1',
    BROKER_TOKEN: String(token.attributes['token']),
    BROKER_SERVER_URL: platformUrl,
    BROKER_CLIENT_URL: clientUrl,
    CR_AGENT_URL: agentUrl,
    CR_TYPE: 'oci',
    CR_BASE: registry.base,
    WEBHOOK_PATH_SECRET: pathSecret,
    WEBHOOK_SECRET: webhookSecret,
    LOG_LEVEL: 'debug',
  });
  await answers(`${clientUrl}/healthcheck`, client);
  // The first run, of a registry that is still empty.
  await api.post(
    `${integrationPath.replace('/integrations/', '/container_import/')}/policy`,
    'container_registry_import_policy',
    { policy: { name: 'Everything', import_policy: { type: 'ImportAll' } } },
  );
  const ended = async () => (await count('sync_run where finished_at is not null')) === 1;
  await vi.waitUntil(ended, { timeout: 60_000, interval: 50 });
});

afterAll(async () => {
  if (!canRun) return;
  await Promise.all([platform, agent, client].map((running) => running.stop()));
  await registry.stop();
  await sql.end();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

async function writeImages(): Promise<string> {
  const named = async (name: string, version: string): Promise<NamedImage> => {
    const status = `Package: tool\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n\n`;
    const files = [
      { path: 'etc/os-release', content: 'ID=debian\nVERSION_ID="12"\n' },
      { path: 'var/lib/dpkg/status', content: status },
    ];
    const amd64 = await buildImage({ layers: [{ files }] });
    const arm64 = await buildImage({ layers: [{ files }], platform: 'linux/arm64/v8' });
    return { name, image: buildIndex([arm64, amd64]) };
  };
  const dir = join(folder, 'layout');
  await writeLayout(dir, [await named('one', '1'), await named('two', '2'), await named('three', '3')]);
  return dir;
}

async function until(holds: () => Promise<void>): Promise<void> {
  await vi.waitFor(holds, { timeout: 60_000, interval: 50 });
}

async function count(query: string): Promise<number> {
  const { rows } = await sql.query<{ count: string }>(`select count(*) from ${query}`);
  return Number(rows[0]?.count);
}

/** Pushes an image and waits until its project shows it, read. */
async function pushAndSee(image: string, name: string): Promise<void> {
  await pushImage({ dir: layout, name: image }, registry, name);
  await seen(name);
}

async function seen(name: string): Promise<void> {
  const { Digest: digest } = (await skopeoJson(
    ['inspect', '--override-os=linux', '--override-arch=amd64'],
    registry,
    name,
  )) as { Digest: string };
  await until(async () => {
    const { rows } = await sql.query(
      `select digest, scan_status from project where repository || ':' || tag = $1`,
      [name],
    );
    expect(rows).toEqual([{ digest, scan_status: 'scanned' }]);
  });
}

async function notify(body: string, path: string, authorization: string): Promise<number> {
  const headers = { 'content-type': notifications, authorization };
  const answer = await fetch(`${clientUrl}/webhooks/${path}`, { method: 'POST', headers, body });
  return answer.status;
}

it.skipIf(!canRun)(
  'scans a multi-platform image once, right after its push and without a sync run',
  async () => {
    await pushAndSee('one', 'team/app:1.0');

    const { rows } = await sql.query('select sender, outcome, reason, repository, tag from push_event');
    expect(rows).toEqual([
      {
        sender: 'distribution',
        outcome: 'imported',
        reason: 'every image is imported',
        repository: 'team/app',
        tag: '1.0',
      },
    ]);
    expect([await count('scan'), await count('sync_run')]).toEqual([1, 1]);
    expect(await count('project where pushed_at is not null')).toBe(1);
  },
);

it.skipIf(!canRun)('tells of it: the last event, and what became of each', async () => {
  const integration: unknown = await api.get(integrationPath);
  const events: unknown = await api.get(`${integrationPath}/push_events`);
  const metrics = await (await fetch(`${clientUrl}/metrics`)).text();

  expect(integration).toMatchObject({
    meta: { last_push_event_at: expect.stringMatching(/^20/) as string },
  });
  expect(events).toMatchObject([{ attributes: { repository: 'team/app', tag: '1.0', outcome: 'imported' } }]);
  expect(metrics).toContain('plimsoll_broker_push_events_total{outcome="relayed"} 1');
});

it.skipIf(!canRun)('scans a moved tag again, and the same image under another name not', async () => {
  await pushAndSee('two', 'team/app:1.0');
  await pushAndSee('two', 'other/app:latest');

  expect([await count('scan'), await count('sync_run')]).toEqual([2, 1]);
});

it.skipIf(!canRun)('believes nobody who lacks a secret, and nothing that was told before', async () => {
  const { rows } = await sql.query<{ digest: string }>(`select digest from project where tag = '1.0'`);
  const event = {
    id: '1',
    timestamp: new Date().toISOString(),
    action: 'push',
    target: {
      mediaType: 'application/vnd.oci.image.index.v1+json',
      digest: rows[0]?.digest,
      repository: 'team/app',
      tag: '1.0',
    },
  };
  const forged = {
    ...event,
    target: { ...event.target, repository: 'no/such', digest: `sha256:${'f'.repeat(64)}` },
  };
  const bodies = [event, forged].map((one) => JSON.stringify({ events: [one] })) as [string, string];
  const bearer = `Bearer ${webhookSecret}`;

  const statuses = [
    await notify(bodies[0], `${pathSecret}x`, bearer),
    await notify(bodies[0], pathSecret, 'Bearer wrong'),
    await notify('{"events":[[[', pathSecret, bearer),
    await notify(bodies[0], pathSecret, bearer),
    await notify(bodies[0], pathSecret, bearer),
    await notify(bodies[1], pathSecret, bearer),
  ];
  await pushAndSee('one', 'team/app:2.0');

  expect(statuses).toEqual([404, 401, 400, 202, 202, 202]);
  expect([await count('scan'), await count('sync_run')]).toEqual([2, 1]);
});

it.skipIf(!canRun)('delivers what is pushed while the platform is down, when that is back', async () => {
  await platform.kill();
  await pushImage({ dir: layout, name: 'three' }, registry, 'team/late:1');
  await until(async () => {
    const metrics = await (await fetch(`${clientUrl}/metrics`)).text();
    expect(/plimsoll_broker_push_events_waiting (\d+)/.exec(metrics)?.[1]).toBe('1');
  });

  platform = await startPlatform(platformUrl, database, { email, password }, { LOG_LEVEL: 'debug' });
  await seen('team/late:1');

  expect([await count('scan'), await count('sync_run')]).toEqual([3, 1]);
});

it.skipIf(!canRun)('makes no project of what the registry does not have', async () => {
  const gone = `push_event where repository = 'no/such' and outcome = 'gone'`;
  await until(async () => expect(await count(gone)).toBe(1));

  expect(await count(`project where repository = 'no/such'`)).toBe(0);
});

it.skipIf(!canRun)('writes no secret into a log or the database', async () => {
  for (const secret of [pathSecret, webhookSecret]) {
    for (const process of [platform, agent, client]) expect(process.output()).not.toContain(secret);
    expect(await count(`push_event where push_event::text like '%${secret}%'`)).toBe(0);
  }
});
