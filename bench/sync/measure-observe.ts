import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createLogger, createMetrics } from '@plimsoll/runtime';
import { memoryDirectory } from '@plimsoll/tunnel';
import {
  createBrokerServer,
  type BrokerServer,
} from '../../apps/platform/src/broker-server/broker-server.ts';
import { listRegistry } from '../../apps/platform/src/sync/list-registry.ts';
import { runNotebook } from '../../apps/platform/src/sync/notebook.ts';
import { median, progress, rounded, type Measure } from '../report.ts';
import { end, startBrokerClient } from '../tunnel/measure-tunnel.ts';
import type { BenchDatabase } from './bench-database.ts';
import { makeIntegration } from './make-registry.ts';

/** The same tags in many repositories, where requests weigh, and in few, where rows do. */
const shapes = [
  { repositories: 2_000, tags: 50 },
  { repositories: 100, tags: 1_000 },
] as const;

/** Measures the listing of 100,000 tags from the agent through broker client and tunnel into PostgreSQL. */
export async function measureObserve(
  database: BenchDatabase,
  runs: number,
): Promise<Measure['rows'][number][]> {
  const rows = [];
  for (const shape of shapes) {
    const processes: ChildProcess[] = [];
    const platform = await startPlatform();
    try {
      startBrokerClient(processes, platform.url, await startAgent(processes, shape));
      await platform.connected;
      const firsts: number[] = [];
      const agains: number[] = [];
      for (let run = 0; run < runs; run++) {
        progress(`observing ${shape.repositories} repositories, ${run + 1} of ${runs}`);
        const registry = await makeIntegration(database.db);
        firsts.push(await observe(database, platform.broker, registry));
        agains.push(await observe(database, platform.broker, await nextRun(database, registry)));
      }
      rows.push({
        step: 'observe',
        size: `${shape.repositories * shape.tags} tags in ${shape.repositories} repositories`,
        ms: rounded(median(firsts), 0),
        wanted: '< 5000 ms',
        notes: `again ${rounded(median(agains), 0)} ms`,
      });
    } finally {
      await platform.stop();
      await Promise.all(processes.map(end));
    }
  }
  return rows;
}

type RunIds = { readonly integrationId: string; readonly runId: string };

async function observe({ db }: BenchDatabase, broker: BrokerServer, ids: RunIds): Promise<number> {
  const start = performance.now();
  const observer = { ...ids, startedAt: new Date(), baselineAt: null };
  const notebook = runNotebook(db, observer);
  const { progress: seen } = await listRegistry(broker, notebook, new AbortController().signal);
  if (seen.tags !== 100_000) throw new Error(`${seen.tags} tags were observed`);
  return performance.now() - start;
}

async function nextRun({ db }: BenchDatabase, { integrationId, runId }: RunIds): Promise<RunIds> {
  await db.updateTable('sync_run').set({ finished_at: new Date() }).where('id', '=', runId).execute();
  const { id } = await db
    .insertInto('sync_run')
    .values({ integration_id: integrationId, finished_at: null, listing_complete: null, error_message: null })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { integrationId, runId: id };
}

/** The broker server of a platform without the rest; every token is that of one integration, whatever it is called. */
async function startPlatform() {
  const { promise: connected, resolve } = Promise.withResolvers<void>();
  const directory = memoryDirectory();
  const broker = createBrokerServer({
    directory: { ...directory, pick: (_id, tried) => directory.pick('bench', tried) },
    peerOf: () => ({ address: '127.0.0.1', certificateSha256: undefined }),
    verifyToken: async () => ({ integrationId: 'bench', tokenId: 'bench' }),
    onSeen: async () => resolve(),
    log: createLogger({ name: 'bench', level: 'silent' }),
    metrics: createMetrics(),
  });
  const server = createServer();
  broker.attach(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    broker,
    connected,
    async stop() {
      await broker.stop(0);
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

async function startAgent(
  processes: ChildProcess[],
  { repositories, tags }: { readonly repositories: number; readonly tags: number },
): Promise<string> {
  const program = fileURLToPath(import.meta.resolve('./agent.ts'));
  const agent = spawn(process.execPath, [program, String(repositories), String(tags)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  processes.push(agent);
  const [port] = (await once(createInterface({ input: agent.stdout }), 'line')) as [string];
  return `http://127.0.0.1:${port}`;
}
