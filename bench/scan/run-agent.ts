import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  agentRoutes,
  callbackRoutes,
  encodeCredentials,
  type ImportDone,
  type ImportResult,
  type Inventory,
} from '@plimsoll/contracts';

const main = join(import.meta.dirname, '../../apps/agent/src/main.ts');

/** Filled when the first agent ends; from the second start on an agent has it, as one that is deployed. */
const compileCache = join(tmpdir(), 'plimsoll-bench-compile-cache');

/** Longest a scan may take, milliseconds. */
const scanTimeMs = 600_000;

/**
 * `ended` is kept when the agent has told of the end, and has a free slot again. The inventory is read when it is asked
 * for: who measures the agent does not want to measure the reading of its results.
 */
export type ScannedImage = {
  readonly inventory: () => Inventory;
  readonly ms: number;
  readonly ended: Promise<void>;
};

/** An agent as a process of its own, with the settings that quick start and container image give it. */
export type BenchAgent = {
  readonly pid: number | undefined;
  /** Asks for a scan of `repository:reference` and waits for its result; `ms` is from the one to the other. */
  scan(image: { repository: string; reference: string }): Promise<ScannedImage>;
  /** Asks for /healthcheck every few milliseconds until the answer is called; answers with the times, milliseconds. */
  watchHealth(): () => Promise<number[]>;
  /** Highest resident memory so far, bytes. */
  peakRssBytes(): number;
  /** Processor time so far, seconds. */
  cpuSeconds(): number;
  /** Bytes handed to files so far, whether they have reached the disk or not. */
  writtenBytes(): number;
  stop(): Promise<void>;
};

/**
 * Starts an agent on the processors given.
 * @param options.prefix what to run it under: `taskset -c 0`
 * @param options.cacheDir folder of its layer cache; none is kept without
 * @param options.slots scans that it does at a time, 1 unless told
 */
export async function runAgent(
  registryBase: string,
  options: {
    prefix?: readonly string[];
    cacheDir?: string;
    slots?: number;
    nodeArguments?: readonly string[];
  } = {},
): Promise<BenchAgent> {
  const receiver = await receiveResults();
  const port = await freePort();
  const agent = spawnAgent(port, options);
  const base = `http://127.0.0.1:${port}`;
  await answering(`${base}/healthcheck`);
  const authorization = encodeCredentials({ type: 'oci', registryBase });
  const proc = (file: string) => readFileSync(`/proc/${agent.pid}/${file}`, 'utf8');

  return {
    pid: agent.pid,
    async scan({ repository, reference }) {
      const scanId = randomUUID();
      const { result, ended } = receiver.expect(scanId);
      const started = performance.now();
      const accepted = await fetch(`${base}${agentRoutes.scan.path}`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ scanId, repository, reference, ...receiver.addresses }),
      });
      if (accepted.status !== 202) throw new Error(`The agent answers ${await accepted.text()}`);
      const inventory = await Promise.race([
        result,
        sleep(scanTimeMs, undefined, { ref: false }).then(() => {
          throw new Error('The scan takes too long');
        }),
      ]);
      return { inventory, ms: performance.now() - started, ended };
    },
    watchHealth: () => watchHealth(`${base}/healthcheck`),
    peakRssBytes: () => Number(/^VmHWM:\s+(\d+) kB/m.exec(proc('status'))?.[1]) * 1024,
    cpuSeconds: () => {
      const fields = proc('stat').slice(proc('stat').lastIndexOf(')')).split(' ');
      return (Number(fields[12]) + Number(fields[13])) / 100;
    },
    writtenBytes: () => Number(/^write_bytes: (\d+)/m.exec(proc('io'))?.[1]),
    async stop() {
      if (agent.exitCode === null && agent.signalCode === null) {
        agent.kill('SIGTERM');
        await once(agent, 'exit');
      }
      receiver.stop();
    },
  };
}

function spawnAgent(
  port: number,
  {
    prefix = [],
    cacheDir = 'off',
    slots = 1,
    nodeArguments = [],
  }: NonNullable<Parameters<typeof runAgent>[1]>,
) {
  const command = [...prefix, process.execPath, '--max-semi-space-size=1', ...nodeArguments, main];
  return spawn('env', command, {
    env: {
      PATH: process.env['PATH'],
      HOST: '127.0.0.1',
      PORT: String(port),
      CACHE_DIR: cacheDir,
      MALLOC_ARENA_MAX: '1',
      NODE_COMPILE_CACHE: compileCache,
      LOG_LEVEL: 'error',
      MAX_ACTIVE_OPERATIONS: String(slots),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

type Waiting = {
  readonly result: PromiseWithResolvers<() => Inventory>;
  readonly ended: PromiseWithResolvers<void>;
};

/** Takes the place of the broker client: results and ends of scans arrive here. */
async function receiveResults() {
  const waiting = new Map<string, Waiting>();
  const [resultPath] = callbackRoutes.result.paths;
  const [donePath] = callbackRoutes.done.paths;
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      response.end();
      // Both documents begin with it.
      const [, scanId = ''] = /^\{"scanId":"([^"]+)"/.exec(body.toString('utf8', 0, 100)) ?? [];
      if (request.url === resultPath) {
        const inventory = () => (JSON.parse(body.toString()) as ImportResult).inventory;
        waiting.get(scanId)?.result.resolve(inventory);
      } else {
        const { failure } = JSON.parse(body.toString()) as ImportDone;
        if (failure) waiting.get(scanId)?.result.reject(new Error(failure.message));
        waiting.get(scanId)?.ended.resolve();
        waiting.delete(scanId);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    addresses: { callbackUrl: base + resultPath, doneUrl: base + donePath },
    expect(scanId: string) {
      const result = Promise.withResolvers<() => Inventory>();
      const ended = Promise.withResolvers<void>();
      waiting.set(scanId, { result, ended });
      return { result: result.promise, ended: ended.promise };
    },
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** One connection kept open, as a probe of Kubernetes has it; the next question follows an answer after 5 ms. */
function watchHealth(url: string): () => Promise<number[]> {
  const times: number[] = [];
  const over = new AbortController();
  const asking = (async () => {
    while (!over.signal.aborted) {
      const started = performance.now();
      await new Promise<void>((resolve, reject) => {
        get(url, (answer) => answer.resume().on('end', resolve)).on('error', reject);
      });
      times.push(performance.now() - started);
      await sleep(5);
    }
  })();
  return async () => {
    over.abort();
    await asking;
    return times;
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Longest until a started agent answers, milliseconds. */
const startTimeMs = 30_000;

async function answering(url: string): Promise<void> {
  const deadline = performance.now() + startTimeMs;
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    if (performance.now() > deadline) throw new Error(`${url} does not answer`);
    await sleep(20);
  }
}
