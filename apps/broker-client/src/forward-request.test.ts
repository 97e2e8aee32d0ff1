import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { json, text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, afterEach, expect, it } from 'vitest';
import { canaries, startTestNetworks } from './testing-networks.ts';

let test: Awaited<ReturnType<typeof startTestNetworks>>;

afterEach(() => test.close());

const MiB = 1024 * 1024;

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-forward-'));
const acceptFile = join(folder, 'accept.json');
writeFileSync(acceptFile, JSON.stringify({ public: [], private: [{ method: 'POST', path: '/raw/*' }] }));
afterAll(() => rmSync(folder, { recursive: true }));

/** Lets a route through that is not the contract's. */
const rawRoute = { ACCEPT: acceptFile, ACCEPT_UNSAFE: '1' };

function* zeros(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= MiB) yield Buffer.alloc(Math.min(left, MiB));
}

async function countBytes(stream: AsyncIterable<Buffer>): Promise<number> {
  let bytes = 0;
  for await (const chunk of stream) bytes += chunk.length;
  return bytes;
}

const withCredentials = { authorization: '${CR_CREDENTIALS}', 'x-broker-var-sub': 'authorization' };

const scan = {
  scanId: 's-1',
  callbackUrl: '${BROKER_CLIENT_URL}/api/v2/import/result',
  doneUrl: '${BROKER_CLIENT_URL}/api/v2/import/done',
  BROKER_VAR_SUB: ['callbackUrl', 'doneUrl'],
};

async function ask(
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
) {
  const answer = await (await test.tunnel).request({ method: 'GET', path, ...options });
  return { status: answer.status, headers: answer.headers, body: await text(answer.body) };
}

it('passes a request on to the agent with credentials, and the answer back', async () => {
  let seen: unknown;
  test = await startTestNetworks({
    agent: (request, response) => {
      seen = { method: request.method, url: request.url, headers: request.headers };
      response.writeHead(206, { 'content-type': 'application/json', 'x-from': 'agent' }).end('{"a":1}');
    },
  });

  const answer = await ask('/list/team/app?limit=5', {
    headers: {
      ...withCredentials,
      'snyk-request-id': 'r-1',
      'x-forwarded-for': '1.2.3.4',
      cookie: 'a=b',
      accept: 'application/json',
    },
  });

  expect(answer).toMatchObject({
    status: 206,
    body: '{"a":1}',
    headers: { 'x-from': 'agent', 'snyk-request-id': 'r-1' },
  });
  expect(seen).toMatchObject({
    method: 'GET',
    url: '/list/team/app?limit=5',
    headers: {
      authorization: test.credentials,
      'snyk-request-id': 'r-1',
      'x-request-id': 'r-1',
      accept: 'application/json',
    },
  });
  expect(JSON.stringify(seen)).not.toMatch(/1\.2\.3\.4|cookie|x-broker-var-sub|CR_CREDENTIALS/);
});

it('fills in where the agent delivers a scan', async () => {
  let body: unknown;
  test = await startTestNetworks({
    agent: async (request, response) => {
      body = await json(request);
      response.writeHead(202).end('{}');
    },
  });

  const answer = await ask('/scan', { method: 'POST', headers: withCredentials, body: JSON.stringify(scan) });

  expect(answer.status).toBe(202);
  expect(body).toEqual({
    scanId: 's-1',
    callbackUrl: 'http://broker-client:7341/api/v2/import/result',
    doneUrl: 'http://broker-client:7341/api/v2/import/done',
  });
});

it.each([
  ['a path that is not on the list', '/metrics', {}],
  ['a way out of the list', '/list/%2e%2e/metrics', {}],
  ['another method', '/list', { method: 'DELETE' }],
  [
    'the broker token',
    '/list',
    { headers: { authorization: '${BROKER_TOKEN}', 'x-broker-var-sub': 'authorization' } },
  ],
  [
    'the credentials in another header',
    '/list',
    { headers: { 'x-leak': '${CR_CREDENTIALS}', 'x-broker-var-sub': 'x-leak' } },
  ],
  [
    'the credentials where the result goes',
    '/scan',
    {
      method: 'POST',
      headers: withCredentials,
      body: JSON.stringify({ ...scan, callbackUrl: 'http://evil/${CR_CREDENTIALS}' }),
    },
  ],
  ['a scan that is no JSON', '/scan', { method: 'POST', headers: withCredentials, body: '{' }],
])('blocks a request for %s', async (_name, path, options) => {
  let wasAsked = false;
  test = await startTestNetworks({
    agent: (_request, response) => {
      wasAsked = true;
      response.end('{}');
    },
  });

  const answer = await ask(path, options);

  expect(answer.status).toBe(401);
  expect(answer.headers['x-broker-failure']).toBe('blocked');
  expect(JSON.parse(answer.body)).toMatchObject({
    code: 'FILTER_BLOCKED',
    message: 'blocked',
    url: path,
    reason: expect.any(String) as string,
  });
  expect(wasAsked).toBe(false);
  expect(test.logged.filter((line) => line.includes('"warn"')).join('')).toContain('request blocked');
});

it('fills in nothing in the address', async () => {
  let url: string | undefined;
  test = await startTestNetworks({
    agent: (request, response) => {
      url = request.url;
      response.end('{}');
    },
  });

  await ask('/list?cursor=${CR_CREDENTIALS}', { headers: withCredentials });

  expect(url).toBe('/list?cursor=$%7BCR_CREDENTIALS%7D'.replaceAll('%7B', '{').replaceAll('%7D', '}'));
});

it('hides secrets that a faulty agent puts into its errors', async () => {
  test = await startTestNetworks({
    agent: (request, response) => {
      const { authorization = '' } = request.headers;
      response
        .writeHead(502, { 'x-debug': authorization, 'content-type': 'application/json' })
        .end(JSON.stringify({ code: 'x', message: `wrong: ${canaries.password} ${authorization}` }));
    },
  });

  const answer = await ask('/list', { headers: withCredentials });

  expect(answer.status).toBe(502);
  expect(JSON.parse(answer.body)).toEqual({ code: 'x', message: 'wrong: *** ***' });
  expect(JSON.stringify(answer)).not.toContain(test.credentials);
  expect(JSON.stringify(answer)).not.toContain('canary');
});

it('passes on no error that it cannot search', async () => {
  test = await startTestNetworks({
    agent: (_request, response) => response.writeHead(500).end('x'.repeat(100_000)),
  });

  const answer = await ask('/list');

  expect(answer.status).toBe(500);
  expect(JSON.parse(answer.body)).toMatchObject({ code: 'unreadable' });
});

it('does not let the agent pretend to be the broker', async () => {
  test = await startTestNetworks({
    agent: (_request, response) => response.writeHead(404, { 'x-broker-failure': 'no-connection' }).end('{}'),
  });

  expect((await ask('/list')).headers['x-broker-failure']).toBeUndefined();
});

it('says that the agent cannot be reached', async () => {
  test = await startTestNetworks({ environment: { CR_AGENT_URL: 'http://127.0.0.1:1' } });

  const answer = await ask('/list', { headers: withCredentials });

  expect([answer.status, answer.headers['x-broker-failure']]).toEqual([502, 'unreachable']);
  expect(answer.body).toContain('ECONNREFUSED');
});

it('refuses requests and answers that are too large', async () => {
  test = await startTestNetworks({
    agent: (request, response) => {
      if (request.url === '/list') response.writeHead(200, { 'content-length': 17 * 1024 * 1024 });
      // In two parts, or node:http would tell the length.
      response.write(Buffer.alloc(1024 * 1024));
      response.end(Buffer.alloc(16 * 1024 * 1024));
    },
  });

  const large = {
    method: 'POST',
    headers: withCredentials,
    body: JSON.stringify({ ...scan, pad: 'x'.repeat(1024 * 1024) }),
  };
  const request = await ask('/scan', large);
  const answer = await ask('/list');
  const streamed = ask('/list/app');

  expect([request.status, request.headers['x-broker-failure']]).toEqual([502, 'too-large']);
  expect([answer.status, answer.headers['x-broker-failure']]).toEqual([502, 'too-large']);
  await expect(streamed).rejects.toMatchObject({ name: 'TunnelError' });
});

it('streams what an own rule lets through, beyond the sizes of the contract, and tells the length', async () => {
  const seen: unknown[] = [];
  test = await startTestNetworks({
    environment: rawRoute,
    agent: async (request, response) => {
      seen.push(request.headers['content-length'], await countBytes(request));
      response.writeHead(200, { 'content-length': 18 * MiB });
      Readable.from(zeros(18 * MiB)).pipe(response);
    },
  });

  const answer = await (
    await test.tunnel
  ).request({
    method: 'POST',
    path: '/raw/a',
    headers: { 'content-length': 17 * MiB },
    body: Readable.from(zeros(17 * MiB)),
    maxBodyBytes: 18 * MiB,
  });

  expect(answer.headers['content-length']).toBe(String(18 * MiB));
  expect(await countBytes(answer.body as AsyncIterable<Buffer>)).toBe(18 * MiB);
  expect(seen).toEqual([String(17 * MiB), 17 * MiB]);
});

it('sends an empty body on as none', async () => {
  let length: string | undefined = 'not asked';
  test = await startTestNetworks({
    environment: rawRoute,
    agent: async (request, response) => {
      length = request.headers['content-length'] ?? (await text(request));
      response.end('{}');
    },
  });

  expect((await ask('/raw/a', { method: 'POST' })).status).toBe(200);
  expect(length).toMatch(/^0?$/);
});

it.each([
  ['told', { 'content-length': 3 * MiB }],
  ['found out', {}],
])('ends a stream that is larger than allowed (%s)', async (_name, headers) => {
  const aborted = Promise.withResolvers<void>();
  test = await startTestNetworks({
    environment: { ...rawRoute, ACCEPT_MAX_BODY_BYTES: String(2 * MiB) },
    agent: (request) => {
      request.on('close', () => aborted.resolve());
      request.resume();
    },
  });

  const answer = await (
    await test.tunnel
  ).request({ method: 'POST', path: '/raw/a', headers, body: Readable.from(zeros(3 * MiB)) });

  expect([answer.status, answer.headers['x-broker-failure']]).toEqual([502, 'too-large']);
  answer.body.destroy();
  if (!('content-length' in headers)) await aborted.promise;
});

it('ends the call to the agent when the platform gives up in the middle of a body', async () => {
  const asked = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<void>();
  test = await startTestNetworks({
    environment: rawRoute,
    agent: (request) => {
      request.on('close', () => aborted.resolve());
      request.once('data', () => asked.resolve());
    },
  });
  const abort = new AbortController();

  const answer = (await test.tunnel).request({
    method: 'POST',
    path: '/raw/a',
    body: Readable.from(zeros(64 * MiB)),
    signal: abort.signal,
  });
  await asked.promise;
  abort.abort(new Error('enough'));

  await expect(answer).rejects.toThrow('enough');
  await aborted.promise;
});

it('passes on that the agent broke off', async () => {
  test = await startTestNetworks({
    agent: (_request, response) => void response.writeHead(200).write('{', () => response.destroy()),
  });

  await expect(ask('/list')).rejects.toMatchObject({ code: 'unreachable' });
});

it('aborts the request to the agent when the platform gives up', async () => {
  const asked = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<void>();
  test = await startTestNetworks({
    agent: (_request, response) => {
      response.on('close', () => aborted.resolve());
      asked.resolve();
    },
  });
  const abort = new AbortController();

  const answer = (await test.tunnel).request({ method: 'GET', path: '/list', signal: abort.signal });
  await asked.promise;
  abort.abort(new Error('enough'));

  await expect(answer).rejects.toThrow('enough');
  await aborted.promise;
});

it('lets a request finish before it stops', async () => {
  const asked = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  test = await startTestNetworks({
    agent: async (_request, response) => {
      asked.resolve();
      await go.promise;
      response.end('done');
    },
  });
  const answer = ask('/list');
  await asked.promise;

  const stopped = test.stopClient();
  go.resolve();

  expect((await answer).body).toBe('done');
  await stopped;
});

it('tells the platform the slots of the agent', async () => {
  test = await startTestNetworks({});
  const tunnel = await test.tunnel;

  while (!tunnel.status) await nextTurn();

  expect(tunnel.status.agent).toEqual({ version: '9', slots: { total: 3, free: 1 } });
});

it('writes no secret into its log', async () => {
  test = await startTestNetworks({ agent: (_request, response) => response.writeHead(500).end('{}') });

  await ask('/list', { headers: withCredentials });
  await ask('/metrics', { headers: withCredentials });

  const log = test.logged.join('');
  expect(log).toContain('request handled');
  for (const secret of [canaries.brokerToken, 'canary', test.credentials]) expect(log).not.toContain(secret);
});

it('logs what small bodies hold where that was asked for, without secrets', async () => {
  test = await startTestNetworks({
    agent: (request, response) => {
      const body = JSON.stringify({ got: request.headers.authorization, name: 'team/app' });
      response.writeHead(200, { 'content-length': body.length }).end(body);
    },
    environment: { LOG_ENABLE_BODY: 'true' },
  });

  await ask('/list', { headers: withCredentials });

  const line = test.logged.find((logged) => logged.includes('answer body')) ?? '{}';
  expect(JSON.parse(line)).toMatchObject({ level: 'info', body: '{"got":"***","name":"team/app"}' });
});
