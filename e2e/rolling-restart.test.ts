import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createTestDatabase, type TestDatabase } from '@plimsoll/testkit';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startBalancer, type Balancer } from './support/balancer.ts';
import { PlatformApi } from './support/platform-api.ts';
import type { RunningProcess } from './support/processes.ts';
import { admin, startBrokerClient, startReplica, type PlatformProcess } from './support/replica-world.ts';

// Two replicas of the platform behind a balancer, two broker clients with one token, and consumers that never pause:
// everything is restarted, one after the other, and no request fails.

const consumers = 8;

/** What the broker client fills in in an order. */
const callbacks = {
  callbackUrl: '${BROKER_CLIENT_URL}/api/v2/import/result',
  doneUrl: '${BROKER_CLIENT_URL}/api/v2/import/done',
  BROKER_VAR_SUB: ['callbackUrl', 'doneUrl'],
};

let database: TestDatabase;
let replicas: PlatformProcess[];
let balancer: Balancer;
let agent: Server;
/** How often each order was carried out. */
const carriedOut = new Map<string, number>();
let clients: RunningProcess[];
let startClient: () => Promise<RunningProcess>;
let token: string;
let integration: string;

beforeAll(async () => {
  database = await createTestDatabase();
  replicas = [await startReplica(database), await startReplica(database)];
  balancer = await startBalancer(replicas);
  await vi.waitFor(() => {
    if (!replicas.every(({ url }) => balancer.isReady(url))) throw new Error('a replica is not ready');
  });
  agent = await startAgent();
  const api = await PlatformApi.signIn(replicas[0]!.url, admin.email, admin.password);
  const made = await api.post(`${api.org}/integrations`, 'integration', { integration_type: 'oci' });
  integration = made.id;
  const broker = await api.post(`${api.org}/integrations/${integration}/broker_tokens`, 'broker_token', {});
  const account = await api.post(`${api.org}/service_accounts`, 'service_account', {
    name: 'load',
    auth_type: 'api_key',
    role_id: 'admin',
  });
  token = String(account.attributes['api_key']);
  const { port } = agent.address() as AddressInfo;
  startClient = () =>
    startBrokerClient({
      BROKER_TOKEN: String(broker.attributes['token']),
      BROKER_SERVER_URL: balancer.url,
      CR_AGENT_URL: `http://127.0.0.1:${port}`,
      CR_BASE: 'registry.example.com',
    });
  clients = [await startClient(), await startClient()];
  await everybodyHasTwoTunnels();
});

afterAll(async () => {
  await Promise.all(clients.map((client) => client.kill()));
  await balancer.stop();
  await Promise.all(replicas.map(({ running }) => running.stop()));
  agent.closeAllConnections();
  agent.close();
  await database.drop();
});

/** An agent that answers questions, and counts the orders it carries out. */
async function startAgent(): Promise<Server> {
  const server = createServer(async (request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url === '/healthcheck') {
      response.end(JSON.stringify({ ok: true, version: '1', slots: { total: 2, free: 2 } }));
    } else if (request.method === 'POST') {
      const { scanId } = JSON.parse(await text(request)) as { scanId: string };
      carriedOut.set(scanId, (carriedOut.get(scanId) ?? 0) + 1);
      response.writeHead(202).end('{}');
    } else response.end(JSON.stringify({ repositories: [], complete: true }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function everybodyHasTwoTunnels(): Promise<void> {
  const held = async () => {
    const pages = await Promise.all(replicas.map(({ url }) => fetch(`${url}/metrics`)));
    const texts = await Promise.all(pages.map((page) => page.text()));
    return texts.map((page) => Number(/^plimsoll_tunnels_open (\d+)/m.exec(page)?.[1]));
  };
  await vi.waitFor(async () => expect(await held()).toEqual([2, 2]), { timeout: 60_000, interval: 200 });
}

async function ask(method: 'GET' | 'POST', path: string, body?: string): Promise<number> {
  const answer = await fetch(`${balancer.url}/broker/${integration}${path}`, {
    method,
    headers: {
      authorization: `token ${token}`,
      // Consumers that keep connections open see them closed by a process that stops, as everywhere.
      connection: 'close',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body }),
  });
  await answer.arrayBuffer();
  return answer.status;
}

/** Asks and orders without a pause until stopped, and answers with what went wrong. */
function startLoad() {
  const stopping = new AbortController();
  const failed: string[] = [];
  let requests = 0;
  const consumer = async (number: number) => {
    for (let turn = 0; !stopping.signal.aborted; turn += 1) {
      const scanId = `${number}-${turn}`;
      const order = JSON.stringify({ ...callbacks, scanId, repository: 'a', reference: 'b' });
      const status = await (turn % 4 === 0 ? ask('POST', '/scan', order) : ask('GET', '/list?limit=1')).catch(
        (error: unknown) => String(error),
      );
      requests += 1;
      if (status !== 200 && status !== 202) failed.push(`${scanId}: ${status}`);
    }
  };
  const running = Promise.all(Array.from({ length: consumers }, (_, number) => consumer(number)));
  return {
    async stop() {
      stopping.abort();
      await running;
      return { failed, requests };
    },
  };
}

it('restarts two replicas and two clients under load without a failed request', async () => {
  const load = startLoad();

  for (const replica of replicas) {
    await replica.running.stop();
    await replica.start();
    await expect.poll(() => balancer.isReady(replica.url), { timeout: 30_000 }).toBe(true);
  }
  for (const [index, client] of clients.entries()) {
    await client.stop();
    clients[index] = await startClient();
  }
  const { failed, requests } = await load.stop();

  console.log(`rolling restart: ${requests} requests, ${failed.length} failed`);
  expect(failed).toEqual([]);
  expect(requests).toBeGreaterThan(100);
  // An order that moved was not carried out twice.
  expect([...carriedOut.values()].filter((times) => times > 1)).toEqual([]);
}, 180_000);

it('loses no request when a client freezes, and carries no order out twice when it thaws', async () => {
  await everybodyHasTwoTunnels();
  carriedOut.clear();
  const [frozen] = clients;
  const load = startLoad();

  frozen?.signal('SIGSTOP');
  // Until the consumers have been served without it.
  const before = carriedOut.size;
  await expect.poll(() => carriedOut.size, { timeout: 60_000 }).toBeGreaterThan(before + 200);
  frozen?.signal('SIGCONT');
  const { failed, requests } = await load.stop();

  console.log(`frozen client: ${requests} requests, ${failed.length} failed`);
  expect(failed).toEqual([]);
  expect([...carriedOut.values()].filter((times) => times > 1)).toEqual([]);
}, 180_000);
