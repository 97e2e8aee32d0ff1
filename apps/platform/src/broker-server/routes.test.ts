import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import fastify from 'fastify';
import { afterEach, expect, it } from 'vitest';
import type { Authorize } from '../http/authorize.ts';
import { brokerRoutes } from './routes.ts';
import { startTestBroker } from './testing-broker.ts';

const MiB = 1024 * 1024;

let test: Awaited<ReturnType<typeof startTestBroker>>;

afterEach(() => test.close());

const authorize: Authorize = (demand) =>
  Object.assign(
    // oxlint-disable-next-line require-await -- fastify takes a promise for the end of the hook
    async (request: { headers: { authorization?: string | undefined } }) => {
      if (request.headers.authorization !== 'token api')
        throw Object.assign(new Error('who?'), { statusCode: 401 });
    },
    { demand },
  );

async function appOfTest() {
  test = await startTestBroker();
  test.allow('broker-token', { integrationId: 'acme', tokenId: 't' });
  const app = fastify();
  await app.register(
    brokerRoutes({
      directory: test.directory,
      clientsOf: (integrationId) => test.broker.clientsOf(integrationId),
      integrationOfToken: async (token) => (token === 'broker-token' ? 'acme' : undefined),
      authorize,
      mayUse: async (_request, integrationId) => integrationId === 'acme',
      integrationsOf: async () => ['acme'],
      maxRawBytes: 20 * MiB,
    }),
  );
  const headers = { authorization: 'token api' };
  return { app, headers };
}

it('forwards a request to the client, by integration and by token, without the authorization of the caller', async () => {
  const { app, headers } = await appOfTest();
  const seen: unknown[] = [];
  await test.connect('broker-token', async (request, response) => {
    const { authorization, cookie } = request.headers;
    seen.push([request.method, request.url, authorization, cookie, await text(request)]);
    response.writeHead(202, { 'x-agent': 'yes', 'set-cookie': 'a=b' }).end('fine');
  });

  const first = await app.inject({
    method: 'GET',
    url: '/broker/acme/list/a?limit=1',
    headers: { ...headers, cookie: 'a=b' },
  });
  const second = await app.inject({
    method: 'POST',
    url: '/broker/broker-token/scan',
    headers: { ...headers, 'content-type': 'application/json', 'x-broker-var-sub': 'authorization' },
    body: '{"a":1}',
  });

  expect([first.statusCode, first.body, first.headers['x-agent'], first.headers['set-cookie']]).toEqual([
    202,
    'fine',
    'yes',
    undefined,
  ]);
  expect(second.statusCode).toBe(202);
  expect(seen).toEqual([
    ['GET', '/list/a?limit=1', undefined, undefined, ''],
    ['POST', '/scan', '${CR_CREDENTIALS}', undefined, '{"a":1}'],
  ]);
});

it('says that nobody is connected, for what does not exist and what is not the callers alike', async () => {
  const { app, headers } = await appOfTest();

  const answers = await Promise.all(
    ['/broker/acme/list', '/broker/other/list', '/connection-status/acme', '/connection-status/other'].map(
      (url) => app.inject({ url, headers }),
    ),
  );

  for (const answer of answers) {
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toEqual({ ok: false });
    expect(answer.headers['x-broker-failure']).toBe('no-connection');
  }
});

it('tells a callers clients and their number', async () => {
  const { app, headers } = await appOfTest();
  await test.connect('broker-token', () => undefined);

  const status = await app.inject({ url: '/connection-status/broker-token', headers });
  const all = await app.inject({ url: '/connections-status', headers });

  expect(status.json()).toMatchObject({ ok: true, clients: [{ version: '1.2.3' }] });
  expect(all.json()).toEqual({ ok: true, connections: [{ integrationId: 'acme', clients: 1 }] });
});

it('marks the failures that are the brokers own', async () => {
  const { app, headers } = await appOfTest();
  await test.connect('broker-token', (_request, response) => response.stream.close(2));

  const answer = await app.inject({ url: '/broker/acme/list', headers });

  expect([answer.statusCode, answer.headers['x-broker-failure']]).toEqual([502, 'unreachable']);
});

it.each(['/broker/acme/list', '/connection-status/acme', '/connections-status'])(
  'refuses strangers at %s',
  async (url) => {
    const { app } = await appOfTest();

    expect((await app.inject({ url })).statusCode).toBe(401);
  },
);

it('passes on large bodies where the contract has no route, and keeps its limit where it has one', async () => {
  const { app, headers } = await appOfTest();
  let received = 0;
  await test.connect('broker-token', async (request, response) => {
    for await (const chunk of request as AsyncIterable<Buffer>) received += chunk.length;
    response.writeHead(200, { 'content-length': 17 * MiB });
    for (let sent = 0; sent < 17; sent += 1) response.write(Buffer.alloc(MiB));
    response.end();
  });

  const large = await app.inject({
    method: 'POST',
    url: '/broker/acme/raw',
    headers: { ...headers, 'content-type': 'application/octet-stream' },
    payload: Buffer.alloc(17 * MiB),
  });
  const listed = await app.inject({ url: '/broker/acme/list/team/app?limit=1', headers }).then(
    () => 'whole',
    () => 'cut short',
  );

  expect([large.statusCode, large.rawPayload.length, received]).toEqual([200, 17 * MiB, 17 * MiB]);
  expect(large.headers['content-length']).toBe(String(17 * MiB));
  expect(listed).toBe('cut short');
});

it.each([
  ['told', { 'content-length': String(21 * MiB) }],
  ['found out', { 'transfer-encoding': 'chunked' }],
])('refuses an upload that is too large (%s)', async (_name, lengths) => {
  const { app, headers } = await appOfTest();
  await test.connect('broker-token', (request) => void request.resume());

  const answer = await app.inject({
    method: 'POST',
    url: '/broker/acme/raw',
    headers: { ...headers, ...lengths, 'content-type': 'application/octet-stream' },
    payload: Readable.from(Array.from({ length: 21 }, () => Buffer.alloc(MiB))),
  });

  expect([answer.statusCode, answer.headers['x-broker-failure']]).toEqual([413, 'too-large']);
});
