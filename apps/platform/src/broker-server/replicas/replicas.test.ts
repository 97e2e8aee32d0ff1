import { createServer, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { BrokerToken, documentOf, Integration } from '@plimsoll/contracts';
import { Secret } from '@plimsoll/runtime';
import { createTestDatabase, type TestDatabase } from '@plimsoll/testkit';
import type { RequestHandler } from '@plimsoll/tunnel';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { startTestPlatform, type TestPlatform } from '../../testing-platform.ts';
import { connectTestClient } from '../testing-broker.ts';

// Two replicas of the platform on one database: what one is asked, the tunnels of the other answer.

const key = new Secret('the key of these two replicas, 32 characters');
let database: TestDatabase;
let asked: TestPlatform;
let holding: TestPlatform;
/** An integration made for each test, and a token for it. */
let id: string;
let token: { id: string; token: string };
const cleanups: (() => Promise<void>)[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  asked = await startReplica();
  holding = await startReplica();
});

beforeEach(async () => {
  const attributes = { integration_type: 'oci' };
  const made = await asked.request('POST', `/rest/orgs/${asked.orgId}/integrations`, {
    body: { data: { type: 'integration', attributes } },
  });
  id = documentOf(Integration).parse(made.json()).data.id;
  token = await makeToken();
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

afterAll(async () => {
  await asked.stop();
  await holding.stop();
  await database.drop();
});

async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startReplica(): Promise<TestPlatform> {
  const url = `http://127.0.0.1:${await unusedPort()}`;
  return startTestPlatform({ database, replicas: { key, url, host: '127.0.0.1' } });
}

function tokensPath(): string {
  return `/rest/orgs/${asked.orgId}/integrations/${id}/broker_tokens`;
}

async function makeToken(): Promise<{ id: string; token: string }> {
  const { data } = documentOf(BrokerToken).parse((await asked.request('POST', tokensPath())).json());
  return { id: data.id, token: data.attributes.token };
}

/** Connects a client to a replica and waits until the other one knows of it. */
async function connect(handle: RequestHandler, { to = holding, with: secret = token.token } = {}) {
  const client = await connectTestClient(to.url, secret, handle);
  cleanups.push(() => client.dialer.stop(0));
  await expect.poll(() => knownTo(asked), { timeout: 10_000 }).toBe(200);
  return client;
}

async function knownTo(platform: TestPlatform): Promise<number> {
  return (await platform.request('GET', `/connection-status/${id}`)).statusCode;
}

type Ask = { method?: string; body?: string; headers?: Record<string, string>; signal?: AbortSignal };

function ask(path: string, init: Ask = {}, platform = asked): Promise<Response> {
  const headers = { authorization: `token ${platform.adminToken}` };
  return fetch(`${platform.url}/broker/${id}${path}`, { ...init, headers: { ...headers, ...init.headers } });
}

it('answers through a tunnel that another replica holds', async () => {
  await connect(async (request, response) => {
    response.writeHead(202, { 'x-method': request.method }).end(`${request.url} ${await text(request)}`);
  });

  const get = await ask('/list?limit=1');
  const post = await ask('/scan', {
    method: 'POST',
    body: '{"a":1}',
    headers: { 'content-type': 'text/plain' },
  });

  expect([get.status, await get.text()]).toEqual([202, '/list?limit=1 ']);
  expect([post.status, post.headers.get('x-method'), await post.text()]).toEqual([
    202,
    'POST',
    '/scan {"a":1}',
  ]);
});

it('shows in its API the clients that another replica holds', async () => {
  await connect(() => undefined);

  const shown = await asked.request('GET', `/rest/orgs/${asked.orgId}/integrations/${id}`);

  const { data } = documentOf(Integration).parse(shown.json());
  expect(data.meta?.broker_clients.map(({ version }) => version)).toEqual(['1.2.3']);
});

it('closes the tunnel of a token that is revoked at another replica', async () => {
  const client = await connect(() => undefined);

  const revoked = await asked.request('DELETE', `${tokensPath()}/${token.id}`);
  await client.lost;

  expect(revoked.statusCode).toBe(204);
  await expect.poll(() => client.dialer.state).toBe('refused');
});

it('lets a request end with the consumer, at the agent too', async () => {
  const seen = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  await connect((_request, response) => {
    response.stream.on('close', () => gone.resolve());
    seen.resolve();
  });
  const abort = new AbortController();

  const answer = ask('/slow', { signal: abort.signal }).catch(() => 'aborted');
  await seen.promise;
  abort.abort();

  expect(await answer).toBe('aborted');
  await gone.promise;
});

it('says that it may be asked again while the replica that held the tunnel does not answer', async () => {
  await connect(() => undefined);
  await asked.db
    .updateTable('replica')
    .set({ lease_until: new Date(0) })
    .where('id', 'in', (query) =>
      query.selectFrom('tunnel').select('replica_id').where('integration_id', '=', id),
    )
    .execute();

  const answer = await ask('/list');

  expect([answer.status, answer.headers.get('retry-after'), answer.headers.get('x-broker-failure')]).toEqual([
    503,
    '1',
    'no-connection',
  ]);
});

it('prefers its own tunnel, and goes on through the other replica when that is lost', async () => {
  const handle =
    (name: string): RequestHandler =>
    (_request, response) =>
      void response.end(name);
  await connect(handle('there'));
  const here = await connectTestClient(asked.url, token.token, handle('here'), 'client-2');
  cleanups.push(() => here.dialer.stop(0));

  expect(await (await ask('/list')).text()).toBe('here');
  await here.dialer.stop(0);

  expect(await (await ask('/list')).text()).toBe('there');
});

it('hands requests on while it stops, so that none is lost', async () => {
  const leaving = await startReplica();
  await connect((_request, response) => void response.end('there'));
  const seen = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const here = await connectTestClient(leaving.url, token.token, async (_request, response) => {
    seen.resolve();
    await go.promise;
    response.end('here');
  });
  cleanups.push(() => here.dialer.stop(0));

  const early = ask('/list', {}, leaving);
  await seen.promise;
  const stopped = leaving.stop();
  go.resolve();

  expect(await (await early).text()).toBe('here');
  await stopped;
});
