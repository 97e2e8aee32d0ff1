import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { canaries, startTestNetworks } from './testing-networks.ts';

let test: Awaited<ReturnType<typeof startTestNetworks>>;

afterEach(() => test.close());

const result = '/api/v2/import/result';

async function post(path: string, body: RequestInit['body'], headers: Record<string, string> = {}) {
  return fetch(test.url + path, {
    method: 'POST',
    body: body ?? null,
    headers,
    duplex: 'half',
  } as RequestInit);
}

it('relays a callback to the platform with the broker token and gives its answer back', async () => {
  let seen: unknown;
  test = await startTestNetworks({
    platform: async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      seen = { method: request.method, url: request.url, headers: request.headers, body };
      response
        .writeHead(409, { 'content-type': 'application/json', 'retry-after': '5' })
        .end('{"errors":[]}');
    },
    environment: {},
  });

  const answer = await post(result, '{"scanId":"1"}', {
    'content-type': 'application/json',
    authorization: 'Bearer mine',
    'x-forwarded-for': '1.2.3.4',
  });

  expect([answer.status, answer.headers.get('retry-after'), await answer.text()]).toEqual([
    409,
    '5',
    '{"errors":[]}',
  ]);
  expect(seen).toMatchObject({
    method: 'POST',
    url: result,
    body: '{"scanId":"1"}',
    headers: { authorization: `Bearer ${canaries.brokerToken}`, 'content-type': 'application/json' },
  });
  expect(JSON.stringify(seen)).not.toMatch(/Bearer mine|1\.2\.3\.4/);
});

it('streams 64 MiB', async () => {
  const chunk = randomBytes(1024 * 1024);
  let received: string | undefined;
  test = await startTestNetworks({
    platform: async (request, response) => {
      const hash = createHash('sha256');
      for await (const part of request) hash.update(part as Buffer);
      received = hash.digest('hex');
      response.end();
    },
  });
  const sent = createHash('sha256');

  const body = Readable.from(
    (function* () {
      for (let i = 0; i < 64; i++) {
        sent.update(chunk);
        yield chunk;
      }
    })(),
  );
  const answer = await post(result, Readable.toWeb(body) as RequestInit['body']);

  expect(answer.status).toBe(200);
  expect(received).toBe(sent.digest('hex'));
});

it('refuses a callback that is too large by its own account', async () => {
  test = await startTestNetworks({});

  const status = await new Promise<number | undefined>((resolve) => {
    const sent = request(test.url + result, {
      method: 'POST',
      headers: { 'content-length': 129 * 1024 * 1024 },
    });
    sent.on('response', (response) => {
      resolve(response.statusCode);
      sent.destroy();
    });
    sent.on('error', () => undefined);
    sent.write('x');
  });

  expect(status).toBe(413);
});

it('says that the platform cannot be reached, so that the agent tries again', async () => {
  test = await startTestNetworks({ platform: (request) => request.socket.destroy() });

  const answer = await post(result, '{}');

  expect([answer.status, answer.headers.get('x-broker-failure')]).toEqual([502, 'unreachable']);
});

it('cancels the callback at the platform when the agent is gone', async () => {
  const arrived = Promise.withResolvers<void>();
  const cancelled = Promise.withResolvers<void>();
  test = await startTestNetworks({
    platform: (request) => {
      request.on('error', () => undefined);
      request.on('close', () => cancelled.resolve());
      request.once('data', () => arrived.resolve());
    },
  });
  const sent = request(test.url + result, { method: 'POST', headers: { 'content-length': 100 } });
  sent.on('error', () => undefined);
  sent.write('begin');
  await arrived.promise;

  sent.destroy();

  await expect(cancelled.promise).resolves.toBeUndefined();
});

it.each([
  ['POST', '/api/v1/other'],
  ['GET', result],
  ['POST', '/api/v2/import/result/../../../rest/orgs'],
  ['POST', '/api/v2/import/%2e%2e/done'],
  ['POST', `${result}/`],
  ['POST', `/${result}`],
  ['GET', '/.plimsoll/status'],
  ['GET', '/constructor'],
])('blocks %s %s from inside', async (method, path) => {
  let wasAsked = false;
  test = await startTestNetworks({
    platform: (_request, response) => {
      wasAsked = true;
      response.end();
    },
  });

  // Not fetch: it would tidy up the path.
  const answer = await new Promise<{ status: number | undefined; failure: unknown }>((resolve, reject) => {
    request({ ...hostOf(test.url), method, path }, (response) => {
      resolve({ status: response.statusCode, failure: response.headers['x-broker-failure'] });
      response.resume();
    })
      .on('error', reject)
      .end();
  });

  expect(answer).toEqual({ status: 401, failure: 'blocked' });
  expect(wasAsked).toBe(false);
});

it('is healthy while a tunnel is open', async () => {
  test = await startTestNetworks({});
  const before = { ok: false };
  const tunnel = await test.tunnel;

  const health = async () => {
    const answer = await fetch(`${test.url}/healthcheck`);
    return { status: answer.status, body: (await answer.json()) as { ok: boolean } };
  };
  let open = await health();
  while (!open.body.ok) open = await health();
  await tunnel.drain(0);
  let lost = await health();
  while (lost.body.ok) lost = await health();

  expect(before.ok).toBe(false);
  expect(open).toMatchObject({
    status: 200,
    body: { ok: true, websocketConnectionOpen: true, transport: 'websocket' },
  });
  expect(lost).toMatchObject({ status: 500, body: { ok: false, websocketConnectionOpen: false } });
});

it.each([
  [200, { ok: true, brokerClientValidationUrlStatusCode: 200 }],
  [401, { ok: false, brokerClientValidationUrlStatusCode: 401, error: 'Failed due to invalid credentials' }],
  [403, { ok: false, brokerClientValidationUrlStatusCode: 403, error: 'Failed due to invalid credentials' }],
  [500, { ok: false, brokerClientValidationUrlStatusCode: 500, error: 'Status code is not 2xx' }],
])('checks the whole way to the registry; the agent answers %i', async (status, expected) => {
  let authorization: string | undefined;
  test = await startTestNetworks({
    agent: (request, response) => {
      if (request.url === '/systemcheck') authorization = request.headers.authorization;
      response.writeHead(status).end(`{"message":"${canaries.brokerToken}"}`);
    },
  });

  const answer = await fetch(`${test.url}/systemcheck`);
  const body = await answer.text();

  expect(answer.status).toBe(expected.ok ? 200 : 500);
  expect(JSON.parse(body)).toEqual([
    {
      brokerClientValidationUrl: expect.stringMatching(/\/systemcheck$/) as string,
      brokerClientValidationMethod: 'GET',
      brokerClientValidationTimeoutMs: 5_000,
      maskedCredentials: '*** (harbor-cr)',
      ...expected,
    },
  ]);
  expect(authorization).toBe(test.credentials);
  expect(body).not.toMatch(/canary/);
});

it('keeps the time limit of a system check', async () => {
  test = await startTestNetworks({
    agent: () => undefined,
    environment: { BROKER_CLIENT_VALIDATION_TIMEOUT_MS: '20' },
  });

  const answer = await fetch(`${test.url}/systemcheck`);

  expect(answer.status).toBe(500);
  expect(await answer.json()).toMatchObject([
    { ok: false, error: expect.stringContaining('20 ms') as string },
  ]);
});

it('shows metrics', async () => {
  test = await startTestNetworks({});
  await test.tunnel;
  await nextTurn();

  const page = await (await fetch(`${test.url}/metrics`)).text();

  expect(page).toContain('plimsoll_broker_tunnel_open');
});

function hostOf(url: string): { host: string; port: string } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port };
}
