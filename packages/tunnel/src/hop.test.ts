import { connect } from 'node:http2';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { createLogger, Secret } from '@plimsoll/runtime';
import type { RequestHandler } from './dial.ts';
import { openHops } from './hop-client.ts';
import { serveHops } from './hop-server.ts';
import { hopHeaders, readHop } from './hop-wire.ts';
import { startTestDialer, startTestPlatform } from './testing-tunnel.ts';
import { TunnelError } from './tunnel-error.ts';

const MiB = 1024 * 1024;
const key = new Secret('a key that the replicas share, and nobody else');
const log = createLogger({ name: 'test', level: 'silent' });
const cleanups: (() => Promise<unknown> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** A replica with one tunnel, and another replica that asks it. */
async function twoReplicas(handle: RequestHandler) {
  const platform = await startTestPlatform();
  cleanups.push(() => platform.close());
  const dialer = startTestDialer(platform.url, handle);
  cleanups.push(() => dialer.stop(0));
  const tunnel = await platform.nextTunnel();
  const server = await serveHops({
    key,
    host: '127.0.0.1',
    port: 0,
    find: (id) => platform.directory.find(id),
    log,
  });
  cleanups.push(() => server.stop(0));
  const hops = openHops(key);
  cleanups.push(() => hops.close());
  const url = `http://127.0.0.1:${server.port}`;
  const request = (...[asked]: [Parameters<typeof hops.request>[2]]) => hops.request(url, tunnel.id, asked);
  return { tunnel, server, hops, url, request, dialer };
}

async function errorOf(promise: Promise<unknown>): Promise<TunnelError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof TunnelError) return error;
  throw new Error(`expected a TunnelError, not ${String(error)}`, { cause: error });
}

it('carries a request through the tunnel of another replica, and shows the client nothing of the hop', async () => {
  let seen: unknown;
  const { request } = await twoReplicas(async (asked, response) => {
    seen = { ...asked.headers, body: await text(asked) };
    response.writeHead(202, { 'x-agent': 'yes', 'x-plimsoll-hop-failure': 'timeout' }).end('taken');
  });

  const answer = await request({
    method: 'POST',
    path: '/scan?a=b',
    headers: { 'x-ask': '1' },
    body: 'work',
  });

  expect([answer.status, answer.headers['x-agent'], await text(answer.body)]).toEqual([202, 'yes', 'taken']);
  expect(seen).toMatchObject({ ':method': 'POST', ':path': '/scan?a=b', 'x-ask': '1', body: 'work' });
  expect(JSON.stringify(seen)).not.toContain('hop');
});

it('streams both ways', async () => {
  const { request } = await twoReplicas((asked, response) => void asked.pipe(response));
  const chunks = Array.from({ length: 256 }, () => Buffer.alloc(64 * 1024, 'x'));

  const { body } = await request({
    method: 'POST',
    path: '/echo',
    body: Readable.from(chunks),
    maxBodyBytes: 17 * MiB,
  });

  expect((await buffer(body)).length).toBe(16 * MiB);
});

it('tells the client when the one who asked gives up', async () => {
  const seen = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  const { request } = await twoReplicas((_asked, response) => {
    response.stream.on('close', () => gone.resolve());
    seen.resolve();
  });
  const abort = new AbortController();

  const answer = request({ method: 'GET', path: '/', signal: abort.signal });
  answer.catch(() => undefined);
  await seen.promise;
  abort.abort(new Error('not needed any more'));

  await expect(answer).rejects.toThrow('not needed any more');
  await gone.promise;
});

it('tells of a lost tunnel at once, before the answer and in the middle of it', async () => {
  const arrived = Promise.withResolvers<void>();
  const { request, tunnel } = await twoReplicas((asked, response) => {
    if (asked.url === '/middle') response.write('begin');
    else arrived.resolve();
  });
  const { body } = await request({ method: 'GET', path: '/middle' });
  const middle = errorOf(text(body));
  const before = errorOf(request({ method: 'GET', path: '/before' }));
  await arrived.promise;

  tunnel.terminate();

  expect(await before).toMatchObject({ code: 'client-disconnected', isUnseen: false });
  expect((await middle).code).toBe('unreachable');
  expect(await errorOf(request({ method: 'GET', path: '/after' }))).toMatchObject({ code: 'no-connection' });
});

it('says of an order that the client has not taken that nobody has seen it', async () => {
  const { request, tunnel } = await twoReplicas(() => undefined);
  const order = errorOf(request({ method: 'POST', path: '/scan', body: 'work', mayMove: async () => true }));
  // Suspect from the first moment on: whatever waits moves.
  tunnel.isSuspect = true;

  expect((await order).code).toBe('client-disconnected');
});

it('says no-connection for a tunnel that is not held there, and for a replica that is not there', async () => {
  const { hops, url, server, tunnel } = await twoReplicas(() => undefined);

  expect(await errorOf(hops.request(url, 'another', { method: 'GET', path: '/' }))).toMatchObject({
    code: 'no-connection',
    isUnseen: true,
  });
  await server.stop(0);
  expect(await errorOf(hops.request(url, tunnel.id, { method: 'GET', path: '/' }))).toMatchObject({
    code: 'no-connection',
    isUnseen: true,
  });
});

it('lets a request finish when the replica that holds the tunnel stops', async () => {
  const go = Promise.withResolvers<void>();
  const seen = Promise.withResolvers<void>();
  const { request, server } = await twoReplicas(async (_asked, response) => {
    seen.resolve();
    await go.promise;
    response.end('finished');
  });
  const answer = request({ method: 'GET', path: '/' });
  await seen.promise;

  const stopped = server.stop(10_000);
  await nextTurn();
  go.resolve();

  expect(await text((await answer).body)).toBe('finished');
  await stopped;
});

it('refuses whoever does not have the key', async () => {
  const { url, tunnel } = await twoReplicas((_asked, response) => void response.end('secret'));
  const ask = async (headers: ReturnType<typeof hopHeaders>) => {
    const session = connect(url);
    const stream = session.request({ ...headers, ':method': 'GET', ':path': '/' });
    const answer = await new Promise<{ ':status'?: number }>((resolve) => stream.once('response', resolve));
    stream.resume();
    session.close();
    return answer[':status'];
  };
  const request = { method: 'GET', path: '/' };

  expect(await ask({})).toBe(401);
  expect(await ask(hopHeaders(new Secret('another key'), tunnel.id, request, false))).toBe(401);
  expect(await ask(hopHeaders(key, tunnel.id, { ...request, path: '/other' }, false))).toBe(401);
  expect(await ask(hopHeaders(key, tunnel.id, request, false, Date.now() - 120_000))).toBe(401);
  expect(await ask(hopHeaders(key, tunnel.id, request, false))).toBe(200);
});

it('does not let the key travel', () => {
  const headers = hopHeaders(key, 'tunnel', { method: 'GET', path: '/' }, true);

  expect(JSON.stringify(headers)).not.toContain(key.reveal());
  const read = readHop(key, { method: 'GET', path: '/', headers: headers as Record<string, string> });
  expect(read).toMatchObject({ tunnelId: 'tunnel', mayMove: true });
});
