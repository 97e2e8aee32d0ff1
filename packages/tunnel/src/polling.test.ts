import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { pollingPath } from './polling-wire.ts';
import { startTestDialer, startTestPlatform, type TestPlatform } from './testing-tunnel.ts';

// What is particular to tunnels by long polling; what all tunnels do is in tunnel.test.ts.

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function platformOfTest(options: Parameters<typeof startTestPlatform>[0] = {}) {
  const platform = await startTestPlatform(options);
  cleanups.push(() => platform.close());
  return platform;
}

function dialOfTest(...[url, handle, options]: Parameters<typeof startTestDialer>) {
  const dialer = startTestDialer(url, handle, { transport: 'polling', ...options });
  cleanups.push(() => dialer.stop(0));
  return dialer;
}

/** A proxy for ordinary requests: it passes no upgrade. `harm` may break a request before or after it goes on. */
async function proxyBefore(
  target: () => string,
  harm: () => 'before' | 'after' | 'refuse' | undefined = () => undefined,
): Promise<string> {
  const server = createServer((incoming: IncomingMessage, answer: ServerResponse) => {
    const what = harm();
    if (what === 'before') return incoming.socket.destroy();
    if (what === 'refuse') return answer.writeHead(503).end('no server is there');
    const { upgrade: _upgrade, connection: _connection, ...headers } = incoming.headers;
    const outgoing = httpRequest(`${target()}${incoming.url}`, { method: incoming.method, headers });
    outgoing.on('error', () => incoming.socket.destroy());
    outgoing.on('response', (response) => {
      if (what === 'after') {
        response.resume();
        incoming.socket.destroy();
      } else {
        answer.writeHead(response.statusCode ?? 0, response.headers);
        response.pipe(answer);
      }
    });
    answer.on('close', () => outgoing.destroy());
    return incoming.pipe(outgoing);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  cleanups.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

it('loses nothing and sends nothing twice where requests break off, and say so only afterwards', async () => {
  const platform = await platformOfTest();
  // Never so many in a row that the link is given up.
  const harms = [
    'before',
    undefined,
    'after',
    undefined,
    'refuse',
    undefined,
    'after',
    'before',
    undefined,
  ] as const;
  let requests = 0;
  const url = await proxyBefore(
    () => platform.url,
    () => harms[requests++ % harms.length],
  );
  dialOfTest(url, (request, response) => void request.pipe(response));
  const tunnel = await platform.nextTunnel();
  const bytes = randomBytes(2 * 1024 * 1024);

  const { body } = await tunnel.request({ method: 'POST', path: '/', body: Readable.from([bytes]) });

  expect(digest(await buffer(body))).toBe(digest(bytes));
  expect(requests).toBeGreaterThan(harms.length);
});

it('is what a client falls back to whose WebSocket is refused, where it may', async () => {
  const platform = await platformOfTest();
  const url = await proxyBefore(() => platform.url);

  const dialer = dialOfTest(url, (_request, response) => void response.end('hello'), { transport: 'auto' });
  const tunnel = await platform.nextTunnel();

  expect(await text((await tunnel.request({ method: 'GET', path: '/' })).body)).toBe('hello');
  expect([dialer.state, dialer.transport]).toEqual(['open', 'polling']);
});

it('is not fallen back to where a WebSocket gets through', async () => {
  const platform = await platformOfTest();

  const dialer = dialOfTest(platform.url, () => undefined, { transport: 'auto' });
  await platform.nextTunnel();

  expect(dialer.transport).toBe('websocket');
});

it('reaches its replica behind a balancer that leads to another one each time', async () => {
  const replicas: TestPlatform[] = [];
  for (const id of ['a', 'b']) replicas.push(await platformOfTest({ replica: { id, count: () => 1 } }));
  let next = 0;
  const url = await proxyBefore(() => replicas[next++ % replicas.length]!.url);
  dialOfTest(url, (_request, response) => void response.end('hello'));

  const tunnel = await Promise.race(replicas.map((replica) => replica.nextTunnel()));

  expect(await text((await tunnel.request({ method: 'GET', path: '/' })).body)).toBe('hello');
});

it('tells the client why its tunnel was closed, and that its token is refused from then on', async () => {
  const platform = await platformOfTest();
  const dialer = dialOfTest(platform.url, () => undefined);
  const tunnel = await platform.nextTunnel();

  tunnel.close(1008, 'the broker token is not valid any more');
  while (!dialer.logged.join('').includes('tunnel lost')) await nextTurn();

  expect(dialer.logged.join('')).toContain('closed with 1008 the broker token is not valid any more');
});

it('is lost when the client polls no more', async () => {
  const platform = await platformOfTest({ pingEveryMs: 20 });
  const id = await openByHand(platform);
  const tunnel = await platform.nextTunnel();

  await tunnel.closed;

  expect(await statusOf(platform, 'GET', `/${id}?offset=0`)).toBe(410);
});

it('is lost soon when the connection of a client breaks off that does not come back', async () => {
  const platform = await platformOfTest({ pingEveryMs: 200 });
  const id = await openByHand(platform);
  const tunnel = await platform.nextTunnel();
  await statusOf(platform, 'GET', `/${id}?offset=0`);
  const poll = httpRequest(`${platform.url}${pollingPath}/${id}?offset=0`, {
    headers: good,
    agent: false,
  }).end();
  poll.on('error', () => undefined);
  await once(poll, 'socket');

  poll.destroy();
  await tunnel.closed;

  expect(tunnel.isOpen).toBe(false);
});

it('is lost to the client when the platform answers no poll', async () => {
  const platform = await platformOfTest();
  let isSilent = false;
  const url = await proxyBefore(
    () => platform.url,
    () => (isSilent ? 'before' : undefined),
  );
  const dialer = dialOfTest(url, () => undefined);
  await platform.nextTunnel();

  isSilent = true;
  for (const socket of platform.sockets) socket.destroy();
  while (!dialer.logged.join('').includes('tunnel lost')) await nextTurn();

  expect(dialer.state).not.toBe('open');
});

it.each([
  ['no token', 'POST', () => '', {}, 401],
  ['a wrong token', 'POST', () => '', { authorization: 'Bearer guess' }, 401],
  ['a token in the address only', 'POST', () => '?token=good', {}, 401],
  [
    'the link of somebody else',
    'GET',
    (id: string) => `/${id}?offset=0`,
    { authorization: 'Bearer other' },
    410,
  ],
  ['the link of somebody, without a token', 'DELETE', (id: string) => `/${id}`, {}, 410],
  ['a link that there is not', 'GET', () => '/5f0c2f0e-0000-4000-8000-000000000000?offset=0', undefined, 410],
  ['no offset', 'GET', (id: string) => `/${id}`, undefined, 400],
  ['an offset that is no number', 'POST', (id: string) => `/${id}?offset=-1`, undefined, 400],
  ['bytes that were not asked for yet', 'GET', (id: string) => `/${id}?offset=900000000`, undefined, 410],
  ['bytes that leave some out', 'POST', (id: string) => `/${id}?offset=5`, undefined, 410],
  ['another method', 'PUT', (id: string) => `/${id}?offset=0`, undefined, 405],
])('refuses %s', async (_name, method, path, headers, status) => {
  const platform = await platformOfTest();
  const id = await openByHand(platform);

  expect(await statusOf(platform, method, path(id), { headers })).toBe(status);
});

it('takes at most 512 KiB in one request', async () => {
  const platform = await platformOfTest();
  const id = await openByHand(platform);

  const body = Buffer.alloc(512 * 1024 + 1);

  expect(await statusOf(platform, 'POST', `/${id}?offset=0`, { body })).toBe(413);
});

it('ends a link whose bytes are not what a tunnel speaks', async () => {
  const platform = await platformOfTest();
  const id = await openByHand(platform);
  const tunnel = await platform.nextTunnel();

  await statusOf(platform, 'POST', `/${id}?offset=0`, { body: randomBytes(4_096) });
  await tunnel.closed;

  expect(tunnel.isOpen).toBe(false);
});

const good = { authorization: 'Bearer good' };

async function send(
  { url }: TestPlatform,
  method: string,
  path: string,
  { headers = good, body }: { headers?: Record<string, string> | undefined; body?: Buffer } = {},
): Promise<Response> {
  return fetch(`${url}${pollingPath}${path}`, {
    method,
    headers,
    ...(body && { body: new Uint8Array(body) }),
  });
}

async function statusOf(...args: Parameters<typeof send>): Promise<number> {
  const response = await send(...args);
  await response.arrayBuffer();
  return response.status;
}

/** Opens a link and polls it no further. */
async function openByHand(platform: TestPlatform): Promise<string> {
  const { link } = (await (await send(platform, 'POST', '')).json()) as { link: string };
  return link;
}
