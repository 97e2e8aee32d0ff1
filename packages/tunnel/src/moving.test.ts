import { text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Readable } from 'node:stream';
import { afterEach, expect, it } from 'vitest';
import { clientStatusPath } from '@plimsoll/contracts';
import type { RequestHandler } from './dial.ts';
import { startTestDialer, startTestPlatform } from './testing-tunnel.ts';
import { TunnelError } from './tunnel-error.ts';

// Which requests may be given to another client, and which may not: what an agent may have seen is not repeated.

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function connected(handle: RequestHandler, statusEveryMs?: number) {
  const platform = await startTestPlatform(statusEveryMs === undefined ? {} : { statusEveryMs });
  cleanups.push(() => platform.close());
  const dialer = startTestDialer(platform.url, handle);
  cleanups.push(() => dialer.stop(0));
  return { platform, dialer, tunnel: await platform.nextTunnel() };
}

async function errorOf(promise: Promise<unknown>): Promise<TunnelError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof TunnelError) return error;
  throw new Error('expected a TunnelError', { cause: error });
}

it('keeps the body of a request back until the client takes it', async () => {
  const { platform, tunnel } = await connected(() => undefined);
  // The client is frozen: what arrives lies in its socket and nobody reads it.
  const [socket] = platform.sockets;
  socket?.pause();
  let began = false;

  const failure = errorOf(
    tunnel.request({ method: 'POST', path: '/scan', body: 'work', onContinue: () => (began = true) }),
  );
  await nextTurn();
  tunnel.terminate();

  expect(await failure).toMatchObject({ code: 'client-disconnected', isUnseen: true });
  expect(began).toBe(false);
});

it('says that a request may have been seen once its body was sent', async () => {
  const seen = Promise.withResolvers<void>();
  const { tunnel } = await connected(async (request) => {
    await text(request);
    seen.resolve();
  });

  const failure = errorOf(tunnel.request({ method: 'POST', path: '/scan', body: 'work' }));
  await seen.promise;
  tunnel.terminate();

  expect(await failure).toMatchObject({ code: 'client-disconnected', isUnseen: false });
});

it('leaves the source of a body alone that was not sent, for another client to send it', async () => {
  const { platform, tunnel } = await connected(() => undefined);
  for (const socket of platform.sockets) socket.pause();
  const body = Readable.from(['work']);

  const failure = errorOf(tunnel.request({ method: 'POST', path: '/scan', body }));
  await nextTurn();
  tunnel.terminate();

  expect((await failure).isUnseen).toBe(true);
  expect(await text(body)).toBe('work');
});

it('sends no body to a client that answers without it', async () => {
  const { tunnel, dialer } = await connected((request, response) => {
    response.writeHead(413).end(`got ${request.headers.expect}`);
  });

  const answer = await tunnel.request({ method: 'POST', path: '/', body: 'large' });

  expect(answer.status).toBe(413);
  await text(answer.body);
  await dialer.stop(1_000);
});

it.each([
  ['gives a question to another client', 'GET', 'the client does not answer its heartbeat'],
  ['leaves an order alone that may have been carried out', 'POST', 'enough'],
])('%s when this one misses its heartbeat', async (_name, method, message) => {
  const seen = Promise.withResolvers<void>();
  const { tunnel } = await connected(async (request) => {
    await text(request);
    seen.resolve();
  });
  const abort = new AbortController();
  const request = { method, path: '/', ...(method === 'POST' && { body: 'work' }) };
  const answer = tunnel.request({ ...request, signal: abort.signal, mayMove: async () => true });
  answer.catch(() => undefined);
  await seen.promise;

  tunnel.isSuspect = true;
  await nextTurn();
  abort.abort(new Error('enough'));

  await expect(answer).rejects.toThrow(message);
});

it('gives an order to another client that a suspect one has not taken', async () => {
  const { platform, tunnel } = await connected(() => undefined);
  for (const socket of platform.sockets) socket.pause();
  const answer = errorOf(
    tunnel.request({ method: 'POST', path: '/', body: 'work', mayMove: async () => true }),
  );

  tunnel.isSuspect = true;

  expect(await answer).toMatchObject({ code: 'client-disconnected', isUnseen: true });
});

it('leaves a question with a suspect client where there is no other', async () => {
  const seen = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const { tunnel } = await connected(async (_request, response) => {
    seen.resolve();
    await go.promise;
    response.end('late');
  });
  const answer = tunnel.request({ method: 'GET', path: '/', mayMove: async () => false });
  await seen.promise;

  tunnel.isSuspect = true;
  await nextTurn();
  go.resolve();

  expect(await text((await answer).body)).toBe('late');
});

it('moves what waits when a client freezes, at the latest after two heartbeats', async () => {
  let isFrozen = false;
  const platform = await startTestPlatform({ statusEveryMs: 20 });
  cleanups.push(() => platform.close());
  const dialer = startTestDialer(platform.url, () => undefined, {
    handle: (request, response) => {
      if (request.url === clientStatusPath && !isFrozen)
        response.end(JSON.stringify({ clientId: 'a', version: '1', agent: null }));
    },
  });
  cleanups.push(() => dialer.stop(0));
  const tunnel = await platform.nextTunnel();

  isFrozen = true;
  const failure = errorOf(tunnel.request({ method: 'GET', path: '/', mayMove: async () => true }));

  expect((await failure).message).toContain('heartbeat');
});
