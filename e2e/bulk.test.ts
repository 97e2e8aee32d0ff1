import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createTestDatabase, type TestDatabase } from '@plimsoll/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PlatformApi } from './support/platform-api.ts';
import { startPlatform, type RunningProcess } from './support/processes.ts';
import { admin, startBrokerClient } from './support/replica-world.ts';
import { unusedPort } from './support/plimsoll.ts';

// Large bodies both ways at once through a real platform and a real broker client. `npm run bench -- tunnel` sends 1 GiB.

const MiB = 1024 * 1024;
const bodyBytes = 192 * MiB;

/** Settings of the container images that bear on memory, and no limit of requests. */
const deployed = {
  API_REQUESTS_PER_MINUTE: '0',
  MALLOC_ARENA_MAX: '1',
  NODE_OPTIONS: '--max-semi-space-size=4',
};

/** What either process may grow by while hundreds of MiB go through it: windows, write-ahead, and what V8 leaves lying. */
const growthBytes = 56 * MiB;

let folder: string;
let database: TestDatabase;
let platform: RunningProcess;
let client: RunningProcess;
let agent: Server;
let broker: string;
let headers: Record<string, string>;
let uploaded = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-bulk-'));
  const accept = join(folder, 'accept.json');
  const contract = ['/healthcheck', '/list'].map((path) => ({ method: 'GET', path }));
  const own = ['GET', 'POST'].map((method) => ({ method, path: '/bulk/*' }));
  writeFileSync(accept, JSON.stringify({ public: [], private: [...contract, ...own] }));
  database = await createTestDatabase();
  const url = `http://127.0.0.1:${await unusedPort()}`;
  platform = await startPlatform(url, database, admin, deployed);
  const api = await PlatformApi.signIn(url, admin.email, admin.password);
  const made = await api.post(`${api.org}/integrations`, 'integration', { integration_type: 'oci' });
  const token = await api.post(`${api.org}/integrations/${made.id}/broker_tokens`, 'broker_token', {});
  const account = await api.post(`${api.org}/service_accounts`, 'service_account', {
    name: 'bulk',
    auth_type: 'api_key',
    role_id: 'admin',
  });
  headers = { authorization: `token ${String(account.attributes['api_key'])}` };
  broker = `${url}/broker/${made.id}`;
  agent = createServer(answer);
  await once(agent.listen(0, '127.0.0.1'), 'listening');
  client = await startBrokerClient({
    BROKER_TOKEN: String(token.attributes['token']),
    BROKER_SERVER_URL: url,
    CR_AGENT_URL: `http://127.0.0.1:${(agent.address() as AddressInfo).port}`,
    CR_BASE: 'registry.example.com',
    ...deployed,
    ACCEPT: accept,
    ACCEPT_UNSAFE: 'true',
  });
});

afterAll(async () => {
  await client.stop();
  await platform.stop();
  agent.closeAllConnections();
  agent.close();
  await database.drop();
  rmSync(folder, { recursive: true });
});

/** The agent: sends zeros, counts what it is sent, and answers small requests. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  if (request.url === '/bulk/down') {
    response.writeHead(200, { 'content-length': bodyBytes });
    zeros().pipe(response);
  } else if (request.url === '/bulk/up') {
    request.on('data', (chunk: Buffer) => (uploaded += chunk.length));
    request.on('end', () => response.end('{}'));
  } else response.end(JSON.stringify({ repositories: [], complete: true }));
}

function zeros(): Readable {
  return createReadStream('/dev/zero', { end: bodyBytes - 1, highWaterMark: 256 * 1024 });
}

/** Memory of a process in use (`VmRSS`) or at its highest (`VmHWM`), bytes; proc(5). */
function memoryOf({ pid }: RunningProcess, line: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return 1024 * Number(new RegExp(`^${line}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]);
}

async function download(): Promise<IncomingMessage> {
  const [response] = (await once(httpRequest(`${broker}/bulk/down`, { headers }).end(), 'response')) as [
    IncomingMessage,
  ];
  return response;
}

async function upload(): Promise<number | undefined> {
  const request = httpRequest(`${broker}/bulk/up`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/octet-stream', 'content-length': bodyBytes },
  });
  const answered = once(request, 'response') as Promise<[IncomingMessage]>;
  await pipeline(zeros(), request);
  const [response] = await answered;
  response.resume();
  return response.statusCode;
}

async function drain(response: IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) bytes += chunk.length;
  return bytes;
}

it('streams large bodies both ways at once, past a reader that stalls, while small requests are answered', async () => {
  const stalled = await download();
  const processes = [platform, client];
  // From here on the highest is that of what follows, and not of the start (proc(5)).
  for (const { pid } of processes) writeFileSync(`/proc/${pid}/clear_refs`, '5');
  const before = processes.map((process) => memoryOf(process, 'VmRSS'));
  const bulk = Promise.all([download().then(drain), upload()]);
  const over = new AbortController();
  const sent = bulk.finally(() => over.abort());
  const statuses = new Set<number>();
  do {
    const small = await fetch(`${broker}/list?limit=1`, { headers });
    await small.arrayBuffer();
    statuses.add(small.status);
  } while (!over.signal.aborted);

  expect(await sent).toEqual([bodyBytes, 200]);
  expect(uploaded).toBe(bodyBytes);
  expect([...statuses]).toEqual([200]);
  const grown = processes.map((process, index) => memoryOf(process, 'VmHWM') - (before[index] ?? 0));
  console.log(
    `bulk: platform and broker client at most ${processes.map((process) => Math.round(memoryOf(process, 'VmHWM') / MiB)).join(' and ')} MiB, before ${before.map((bytes) => Math.round(bytes / MiB)).join(' and ')}`,
  );
  for (const bytes of grown) expect(bytes).toBeLessThan(growthBytes);
  expect(stalled.destroyed).toBe(false);
  stalled.destroy();
});
