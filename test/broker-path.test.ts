import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { agentRoutes, decodeCredentials, type AgentRouteName } from '@plimsoll/contracts';
import { createLogger, createMetrics } from '@plimsoll/runtime';
import { memoryDirectory } from '@plimsoll/tunnel';
import { AgentCallError } from '../apps/platform/src/broker-server/agent-client.ts';
import { createBrokerServer } from '../apps/platform/src/broker-server/broker-server.ts';
import { peerReader } from '../apps/platform/src/http/peer.ts';

// The platform's broker server, broker clients as processes of their own, and an agent, on real sockets.

const brokerClientMain = join(import.meta.dirname, '../apps/broker-client/src/main.ts');
const secrets = { brokerToken: 'canary-token-1', password: 'canary-"word"', user: 'canary-user' };

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function listen(handle: RequestListener) {
  const server = createServer(handle);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function startNetworks(agentHandler: RequestListener, clients = 1) {
  const logged: string[] = [];
  const broker = createBrokerServer({
    directory: memoryDirectory(),
    peerOf: peerReader([]),
    verifyToken: async () => ({ integrationId: 'acme', tokenId: 't' }),
    onSeen: async () => undefined,
    log: createLogger({ name: 'platform', level: 'debug', write: (line) => logged.push(line) }),
    metrics: createMetrics(),
  });
  const platform = await listen((_request, response) => response.end());
  broker.attach(platform.server);
  const agent = await listen(agentHandler);
  cleanups.push(() => broker.stop(0));
  const processes = Array.from({ length: clients }, () => startClient(platform.url, agent.url, logged));
  while ((await broker.clientsOf('acme')).length < clients) await pause(20);
  return { broker, agentClient: broker.agentClient, processes, logged };
}

function startClient(platformUrl: string, agentUrl: string, logged: string[]): ChildProcess {
  const client = spawn(process.execPath, [brokerClientMain], {
    env: {
      BROKER_TOKEN: secrets.brokerToken,
      BROKER_SERVER_URL: platformUrl,
      BROKER_CLIENT_URL: 'http://broker-client:7341',
      CR_AGENT_URL: agentUrl,
      CR_TYPE: 'harbor-cr',
      CR_BASE: 'registry.example.com',
      CR_USERNAME: secrets.user,
      CR_PASSWORD: secrets.password,
      PORT: '0',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'debug',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  client.stdout.on('data', (data) => logged.push(String(data)));
  client.stderr.on('data', (data) => logged.push(String(data)));
  cleanups.push(async () => {
    if (client.exitCode !== null || client.signalCode !== null) return;
    client.kill('SIGKILL');
    await new Promise((resolve) => client.once('exit', resolve));
  });
  return client;
}

const digest = `sha256:${'a'.repeat(64)}`;
const scanId = '3d9cf2a4-7d27-4d1b-8f0e-111111111111';
const page = { complete: true };
const image = { repository: 'team/app', reference: 'v1', digest };
const verdict = { ok: true, code: 'ok', message: 'fine' };

/** A call of every route, and an answer to it. */
const calls: Record<AgentRouteName, { call: object; answer: object }> = {
  health: { call: {}, answer: { ok: true, version: '1', slots: { total: 1, free: 1 } } },
  systemCheck: { call: {}, answer: verdict },
  validateCredentials: { call: {}, answer: verdict },
  listRepositories: { call: { query: { limit: 10, cursor: 'c/&d' } }, answer: { ...page, repositories: [] } },
  listTags: { call: { repository: 'team/app' }, answer: { ...page, repository: 'team/app', tags: [] } },
  listTagsPaginated: {
    call: { repository: 'team/app' },
    answer: { ...page, repository: 'team/app', tags: [] },
  },
  listTagsWithMetadata: { call: { repository: 'a/b.c' }, answer: { ...page, repository: 'a/b.c', tags: [] } },
  imageMetadata: {
    call: { repository: 'team/app', query: { reference: digest } },
    answer: { ...image, mediaType: 'x', images: [] },
  },
  stateIdentifier: { call: { query: { repository: 'team/app', reference: 'v1' } }, answer: image },
  scan: {
    call: { body: { scanId, repository: 'team/app', reference: 'v1' } },
    answer: { scanId, status: 'running' },
  },
  discover: { call: { body: { scanId, image: 'team/app:v1' } }, answer: { scanId, status: 'running' } },
};

it('lets every call of the contract through, with credentials, and shows them to nobody but the agent', async () => {
  const seen = new Map<string, { request: IncomingMessage; body: string }>();
  const { agentClient, logged } = await startNetworks(async (request, response) => {
    const body = await text(request);
    const route = (request.headers['snyk-request-id'] ?? 'status') as AgentRouteName;
    seen.set(route, { request, body });
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify((calls[route] ?? calls.health).answer));
  });
  const answers: unknown[] = [];

  for (const name of Object.keys(agentRoutes) as AgentRouteName[]) {
    answers.push(await agentClient.call(name, 'acme', { ...calls[name].call, requestId: name }));
  }

  for (const [name, route] of Object.entries(agentRoutes)) {
    const { request, body } = seen.get(name)!;
    expect(request.method).toBe(route.method);
    expect(request.headers.authorization && decodeCredentials(request.headers.authorization)).toEqual(
      route.credentials
        ? {
            type: 'harbor-cr',
            username: secrets.user,
            password: secrets.password,
            registryBase: 'registry.example.com',
          }
        : undefined,
    );
    expect('body' in route ? JSON.parse(body).callbackUrl : undefined).toBe(
      'body' in route ? 'http://broker-client:7341/api/v2/import/result' : undefined,
    );
  }
  const everything = JSON.stringify(answers) + logged.join('');
  expect(everything).toContain('request handled');
  expect(everything).not.toContain('canary');
  expect(everything).not.toContain(seen.get('listRepositories')?.request.headers.authorization);
});

it('fails an order at once when the broker client is killed, and goes on with the next client', async () => {
  const asked = Promise.withResolvers<void>();
  let isHanging = true;
  const { agentClient, processes, broker } = await startNetworks((request, response) => {
    if (request.headers['snyk-request-id'] === 'hang' && isHanging) asked.resolve();
    else response.end(JSON.stringify(calls.health.answer));
  }, 2);
  // A question would move to the other client; an order that an agent has seen must not.
  const failure = agentClient
    .call('scan', 'acme', { body: { scanId, repository: 'team/app', reference: 'v1' }, requestId: 'hang' })
    .catch((error: unknown) => error);
  await asked.promise;
  isHanging = false;

  for (const process of processes.slice(0, 1)) process.kill('SIGKILL');
  while ((await broker.clientsOf('acme')).length > 1) await pause(5);
  const next = await agentClient.call('health', 'acme', {});
  for (const process of processes.slice(1)) process.kill('SIGKILL');
  const error = await failure;

  expect(next).toEqual(calls.health.answer);
  expect(error).toBeInstanceOf(AgentCallError);
  // Had it waited for the deadline of the call, it would be `timeout`.
  expect((error as AgentCallError).code).toBe('client-disconnected');
});
