import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { createLogger } from '@plimsoll/runtime';
import { acceptTunnels, type Tunnel } from '@plimsoll/tunnel';
import { median, progress, rounded, type Measure } from '../report.ts';
import { measureLoad, type Load } from './load.ts';
import { measureBulk } from './measure-bulk.ts';
import { measureIdle } from './measure-idle.ts';
import { measureOutages } from './measure-outages.ts';
import { measureSoak } from './measure-soak.ts';
import { measureWays } from './measure-ways.ts';
import { processCpuMs } from './process-cpu.ts';
import { startWays } from './ways.ts';

const concurrencies = [1, 16, 64];

/** How long each side of a pair is loaded: long enough for the JIT, short enough to pair often. */
const loadMs = 2_000;

/** How long a broker client may take to dial. */
const dialTimeoutMs = 15_000;

const repositoriesPath = '/list?limit=100';

export type TunnelOptions = {
  readonly peers: boolean;
  /** Parts to measure: `alone`, `ways`, `bulk`, `idle`, `outages`; all but the last unless told. */
  readonly only: readonly string[];
  /** With it nothing but a soak of so many minutes. */
  readonly soakMinutes: number;
};

/** The figures of the broker. */
export async function measureTunnel(
  runs: number,
  { peers, only, soakMinutes }: TunnelOptions,
): Promise<Measure[]> {
  if (soakMinutes > 0) return [await measureSoak(soakMinutes)];
  const isWanted = (part: string) => only.length === 0 || only.includes(part);
  const measures: Measure[] = [];
  if (isWanted('alone')) measures.push(await measureAlone(runs));
  if (isWanted('ways') || isWanted('bulk')) {
    const ways = await startWays({ peers });
    try {
      if (isWanted('ways')) measures.push(await measureWays(ways.all, runs));
      if (isWanted('bulk')) measures.push(await measureBulk(ways.all));
    } finally {
      await ways.stop();
    }
  }
  if (isWanted('idle')) measures.push(await measureIdle());
  // Takes minutes of waiting, so only when asked for.
  if (only.includes('outages')) measures.push(await measureOutages(runs));
  return measures;
}

/**
 * Measures requests from the platform's end through the tunnel and a broker client to an agent against the same
 * requests sent to the agent directly. Agent and broker client are processes of their own.
 */
async function measureAlone(runs: number): Promise<Measure> {
  const processes: ChildProcess[] = [];
  const platform = await startPlatform();
  const http = new Agent({ keepAlive: true });
  try {
    const agentUrl = await startAgent(processes);
    const client = startBrokerClient(processes, platform.url, agentUrl);
    const tunnel = await platform.nextTunnel();
    const direct = () => getDirectly(new URL(repositoriesPath, agentUrl), http);
    const through = () => getThrough(tunnel);
    const rows = [];
    for (const concurrency of concurrencies)
      rows.push(await pairs(direct, through, client, concurrency, runs));
    return { name: 'tunnel alone', about: about(runs), rows };
  } finally {
    http.destroy();
    await platform.stop();
    await Promise.all(processes.map(end));
  }
}

function about(runs: number): string[] {
  return [
    'GET /list, 100 repositories: through tunnel and broker client, and from the same process directly to the agent',
    'client CPU: of the broker client, a request',
    `median of ${runs} pairs of ${loadMs / 1000} s`,
  ];
}

async function pairs(
  direct: () => Promise<void>,
  through: () => Promise<void>,
  client: ChildProcess,
  concurrency: number,
  runs: number,
) {
  const directs: Load[] = [];
  const throughs: Load[] = [];
  const cpuMs: number[] = [];
  for (let run = 0; run < runs; run++) {
    progress(`tunnel with ${concurrency} at once, pair ${run + 1} of ${runs}`);
    directs.push(await measureLoad(direct, concurrency, loadMs));
    const before = processCpuMs(client.pid);
    const load = await measureLoad(through, concurrency, loadMs);
    throughs.push(load);
    cpuMs.push((processCpuMs(client.pid) - before) / load.requests);
  }
  const middle = (loads: Load[], figure: keyof Load) => median(loads.map((load) => load[figure]));
  const ratios = throughs.map((load, index) => load.perSecond / (directs[index]?.perSecond ?? Number.NaN));
  return {
    'at once': concurrency,
    'direct req/s': rounded(middle(directs, 'perSecond'), 0),
    'tunnel req/s': rounded(middle(throughs, 'perSecond'), 0),
    ratio: rounded(median(ratios)),
    'direct p50 ms': rounded(middle(directs, 'p50Ms')),
    'tunnel p50 ms': rounded(middle(throughs, 'p50Ms')),
    'direct p99 ms': rounded(middle(directs, 'p99Ms')),
    'tunnel p99 ms': rounded(middle(throughs, 'p99Ms')),
    // Unlike the rates, this hardly depends on what else the machine does.
    'client CPU ms': rounded(median(cpuMs), 3),
  };
}

/** The platform's end of tunnels, without the platform. */
async function startPlatform() {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<Tunnel>();
  const acceptor = acceptTunnels<string>({
    authenticate: async () => 'bench',
    onTunnel: resolve,
    log: createLogger({ name: 'bench', level: 'silent' }),
  });
  acceptor.attach(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const timeout = AbortSignal.timeout(dialTimeoutMs);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    nextTunnel: () =>
      Promise.race([
        promise,
        once(timeout, 'abort').then(() => Promise.reject(new Error('the broker client did not dial'))),
      ]),
    async stop() {
      await acceptor.stop(0);
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

async function startAgent(processes: ChildProcess[]): Promise<string> {
  const agent = spawn(process.execPath, [fileURLToPath(import.meta.resolve('./agent.ts'))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  processes.push(agent);
  const [port] = (await once(createInterface({ input: agent.stdout }), 'line')) as [string];
  return `http://127.0.0.1:${port}`;
}

/** Starts a broker client as a process of its own; it is added to `processes`. */
export function startBrokerClient(
  processes: ChildProcess[],
  platformUrl: string,
  agentUrl: string,
): ChildProcess {
  const main = join(import.meta.dirname, '../../apps/broker-client/src/main.ts');
  const environment = {
    PATH: process.env['PATH'],
    BROKER_TOKEN: '11111111-2222-4333-8444-555555555555',
    BROKER_SERVER_URL: platformUrl,
    BROKER_CLIENT_URL: 'http://127.0.0.1:7341',
    CR_AGENT_URL: agentUrl,
    CR_TYPE: 'oci',
    CR_BASE: 'http://127.0.0.1:5000',
    PORT: '0',
    LOG_LEVEL: 'error',
  };
  const client = spawn(process.execPath, [main], {
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  processes.push(client);
  return client;
}

/** Ends a process and waits until it has ended. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function getThrough(tunnel: Tunnel): Promise<void> {
  const headers = { authorization: '${CR_CREDENTIALS}', 'x-broker-var-sub': 'authorization' };
  const { status, body } = await tunnel.request({ method: 'GET', path: repositoriesPath, headers });
  await readWhole(status, body);
}

async function getDirectly(url: URL, agent: Agent): Promise<void> {
  const sent = request(url, { agent, headers: { authorization: 'e30=' } }).end();
  const [response] = (await once(sent, 'response')) as [Readable & { statusCode: number }];
  await readWhole(response.statusCode, response);
}

async function readWhole(status: number, body: Readable): Promise<void> {
  for await (const chunk of body) void chunk;
  if (status !== 200) throw new Error(`the agent's answer has status ${status}`);
}
