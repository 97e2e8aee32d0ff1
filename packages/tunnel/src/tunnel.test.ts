import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { clientStatusPath } from '@plimsoll/contracts';
import type { DialOptions, RequestHandler } from './dial.ts';
import type { Transport } from './link.ts';
import { startTestDialer, startTestPlatform } from './testing-tunnel.ts';
import type { Tunnel } from './tunnel.ts';

const MiB = 1024 * 1024;
const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'no error',
    (error: { code?: string; name: string }) => error.code ?? error.name,
  );
}

function* chunks(bytes: number): Generator<Buffer> {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  for (let left = bytes; left > 0; left -= chunk.length)
    yield chunk.subarray(0, Math.min(left, chunk.length));
}

describe.each<Transport>(['websocket', 'polling'])('a tunnel by %s', (transport) => {
  async function connected(handle: RequestHandler, options: Partial<DialOptions> = {}) {
    const platform = await startTestPlatform();
    cleanups.push(() => platform.close());
    const dialer = startTestDialer(platform.url, handle, { transport, ...options });
    cleanups.push(() => dialer.stop(0));
    return { platform, dialer, tunnel: await platform.nextTunnel() };
  }

  it('carries method, path, headers and bodies both ways', async () => {
    const { tunnel } = await connected(async (request, response) => {
      response.writeHead(201, {
        'x-method': request.method,
        'x-path': request.url,
        'x-asked': request.headers['x-ask'],
      });
      response.end(`got ${await text(request)}`);
    });

    const answer = await tunnel.request({
      method: 'POST',
      path: '/a/b?c=d',
      headers: { 'x-ask': '1' },
      body: 'hello',
    });

    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({ 'x-method': 'POST', 'x-path': '/a/b?c=d', 'x-asked': '1' });
    expect(await text(answer.body)).toBe('got hello');
    expect(tunnel.client).toEqual({ clientId: 'client-1', version: '1.0.0' });
  });

  it('answers every one of many small requests', async () => {
    const { tunnel } = await connected((request, response) => void response.end(request.url));

    const answers = await Promise.all(
      Array.from({ length: 1_000 }, async (_, index) => {
        const { body } = await tunnel.request({ method: 'GET', path: `/${index}` });
        return text(body);
      }),
    );

    expect(answers).toEqual(Array.from({ length: 1_000 }, (_, index) => `/${index}`));
    expect(tunnel.inFlight).toBe(0);
  });

  it('answers 500 when a handler fails', async () => {
    const { tunnel } = await connected(() => Promise.reject(new Error('bug')));

    const answer = await tunnel.request({ method: 'GET', path: '/' });

    expect(answer.status).toBe(500);
    answer.body.destroy();
  });

  it('streams 64 MiB both ways at once with bounded memory', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const heldBytes = async () => {
      // Bytes outside the heap are given back by the second collection.
      collect();
      await nextTurn();
      collect();
      const { external, arrayBuffers } = process.memoryUsage();
      return external + arrayBuffers;
    };
    const { tunnel } = await connected((request, response) => void request.pipe(response));
    const before = await heldBytes();
    let highest = 0;
    let received = 0;
    let nextLook = 0;

    const { body } = await tunnel.request({
      method: 'POST',
      path: '/echo',
      body: Readable.from(chunks(64 * MiB)),
      maxBodyBytes: 65 * MiB,
    });
    for await (const chunk of body as AsyncIterable<Buffer>) {
      received += chunk.length;
      if (received < nextLook) continue;
      nextLook += 8 * MiB;
      highest = Math.max(highest, (await heldBytes()) - before);
    }

    expect(received).toBe(64 * MiB);
    // Windows and write-ahead of both ends, which share this process.
    expect(highest).toBeLessThan(20 * MiB);
  });

  it('does not stand still when much goes both ways on many streams at once', async () => {
    const { tunnel } = await connected((request, response) => void request.pipe(response));

    const lengths = await Promise.all(
      Array.from({ length: 16 }, async () => {
        const sent = Readable.from(chunks(MiB));
        const { body } = await tunnel.request({ method: 'POST', path: '/echo', body: sent });
        return (await buffer(body)).length;
      }),
    );

    expect(lengths).toEqual(Array.from({ length: 16 }, () => MiB));
  });

  it('lets a stalled reader hold back only its own stream', async () => {
    let sent = 0;
    const { tunnel } = await connected((request, response) => {
      if (request.url === '/small') {
        response.end('small');
        return;
      }
      const source = Readable.from(chunks(32 * MiB));
      source.on('data', (chunk: Buffer) => (sent += chunk.length));
      source.pipe(response);
    });
    const stalled = await Promise.all(
      Array.from({ length: 20 }, () =>
        tunnel.request({ method: 'GET', path: '/big', maxBodyBytes: 32 * MiB }),
      ),
    );

    for (let i = 0; i < 50; i++) {
      const { body } = await tunnel.request({ method: 'GET', path: '/small' });
      expect(await text(body)).toBe('small');
    }

    expect(sent).toBeLessThan(20 * 3 * MiB);
    const [first, ...others] = stalled;
    for (const { body } of others) body.destroy();
    expect((await buffer(first!.body)).length).toBe(32 * MiB);
  });

  it('tells the handler when the caller gives up', async () => {
    const seen = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    const { tunnel } = await connected((_request, response) => {
      response.stream.on('close', () => gone.resolve());
      seen.resolve();
    });
    const abort = new AbortController();

    const answer = tunnel.request({ method: 'GET', path: '/slow', signal: abort.signal });
    await seen.promise;
    abort.abort(new Error('not needed any more'));

    await expect(answer).rejects.toThrow('not needed any more');
    await gone.promise;
  });

  it('tells the handler when the caller gives up in the middle of a body', async () => {
    const gone = Promise.withResolvers<void>();
    const { tunnel } = await connected((_request, response) => {
      response.write('begin');
      response.stream.on('close', () => gone.resolve());
    });
    const abort = new AbortController();

    const { body } = await tunnel.request({ method: 'GET', path: '/', signal: abort.signal });
    const reading = text(body);
    abort.abort(new Error('not needed any more'));

    await expect(reading).rejects.toThrow('not needed any more');
    await gone.promise;
  });

  it('tells the caller when the handler cuts the answer short', async () => {
    const { tunnel } = await connected((request, response) => {
      if (request.url === '/before') return response.stream.close(2);
      response.writeHead(200, { 'content-length': '100' });
      response.write('begin', () => response.stream.close(2));
    });

    expect(await codeOf(tunnel.request({ method: 'GET', path: '/before' }))).toBe('unreachable');
    const { body } = await tunnel.request({ method: 'GET', path: '/middle' });
    expect(await codeOf(text(body))).toBe('unreachable');
  });

  it('does not take a body that was cut short for a whole one', async () => {
    const { tunnel } = await connected((request, response) => {
      response.write('begin', () => {
        if (request.url === '/cancelled') response.stream.close(8);
        else response.stream.destroy(new Error('agent gone'));
      });
    });

    for (const path of ['/cancelled', '/failed']) {
      const { body } = await tunnel.request({ method: 'GET', path });
      expect(await codeOf(text(body))).toBe('unreachable');
    }
  });

  it('fails requests at once when the client is killed', async () => {
    let arrived = 0;
    const both = Promise.withResolvers<void>();
    const { tunnel, platform } = await connected((request, response) => {
      if (request.url === '/middle') response.write('begin');
      if (++arrived === 2) both.resolve();
    });
    const { body } = await tunnel.request({ method: 'GET', path: '/middle' });
    const reading = codeOf(text(body));
    const waiting = codeOf(tunnel.request({ method: 'GET', path: '/before' }));
    await both.promise;

    tunnel.terminate();

    expect(await waiting).toBe('client-disconnected');
    expect(await reading).toBe('client-disconnected');
    await tunnel.closed;
    expect(tunnel.inFlight).toBe(0);
    expect(await codeOf(tunnel.request({ method: 'GET', path: '/after' }))).toBe('no-connection');
    await platform.nextTunnel();
  });

  it('gives up on an answer that does not begin, stops, or grows too large', async () => {
    const { tunnel } = await connected((request, response) => {
      if (request.url === '/silent') return;
      response.write('begin');
      if (request.url === '/large') response.end('x'.repeat(200_000));
    });

    const silent = tunnel.request({ method: 'GET', path: '/silent', headersTimeoutMs: 20 });
    expect(await codeOf(silent)).toBe('timeout');
    const stopped = await tunnel.request({ method: 'GET', path: '/stopped', idleTimeoutMs: 20 });
    expect(await codeOf(text(stopped.body))).toBe('timeout');
    const large = await tunnel.request({ method: 'GET', path: '/large', maxBodyBytes: 100_000 });
    expect(await codeOf(text(large.body))).toBe('too-large');
  });

  it('cancels the exchange when the source of a request body fails', async () => {
    const seen = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    const { tunnel } = await connected((request) => {
      request.resume();
      request.stream.on('close', () => gone.resolve());
      seen.resolve();
    });
    const body = new Readable({ read() {} });
    body.push('begin');

    const answer = tunnel.request({ method: 'POST', path: '/', body });
    await seen.promise;
    body.destroy(new Error('disk on fire'));

    await expect(answer).rejects.toThrow('disk on fire');
    await gone.promise;
  });

  it('tells the handler when the caller gives up in the middle of an upload', async () => {
    const seen = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<number>();
    const { tunnel } = await connected((request) => {
      request.stream.on('close', () => gone.resolve(request.stream.rstCode ?? 0));
      request.once('data', () => seen.resolve());
    });
    const abort = new AbortController();
    const body = Readable.from(chunks(64 * MiB));

    const answer = tunnel.request({ method: 'POST', path: '/', body, signal: abort.signal });
    await seen.promise;
    abort.abort(new Error('not needed any more'));

    await expect(answer).rejects.toThrow('not needed any more');
    expect(await gone.promise).not.toBe(0);
    expect(body.destroyed).toBe(true);
  });

  it('delivers an answer that comes before the request body was read', async () => {
    const { tunnel } = await connected((_request, response) => {
      response.writeHead(413).end('too large');
    });

    const answer = await tunnel.request({ method: 'POST', path: '/', body: Readable.from(chunks(8 * MiB)) });

    expect(answer.status).toBe(413);
    expect(await text(answer.body)).toBe('too large');
  });

  it('survives a body that fails before anybody reads it', async () => {
    const { tunnel } = await connected((_request, response) => void response.write('begin'));

    const { body } = await tunnel.request({ method: 'GET', path: '/' });
    const closed = new Promise((resolve) => body.once('close', resolve));
    tunnel.terminate();

    await closed;
    expect(await codeOf(text(body))).toBe('client-disconnected');
  });

  it('lets a request finish when the client stops, and takes no new one', async () => {
    const seen = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const { tunnel, dialer } = await connected(async (_request, response) => {
      seen.resolve();
      await go.promise;
      response.end('finished');
    });
    const answer = tunnel.request({ method: 'GET', path: '/' });
    await seen.promise;

    const stopped = dialer.stop(10_000);
    while (tunnel.isOpen) await nextTurn();
    const refused = codeOf(tunnel.request({ method: 'GET', path: '/' }));
    go.resolve();

    expect(await text((await answer).body)).toBe('finished');
    expect(await refused).toBe('no-connection');
    await stopped;
    expect(dialer.state).toBe('stopped');
  });

  it('cuts off what does not finish within the grace of a stop', async () => {
    const seen = Promise.withResolvers<void>();
    const { tunnel, dialer } = await connected(() => seen.resolve());
    const answer = codeOf(tunnel.request({ method: 'GET', path: '/' }));
    await seen.promise;

    await dialer.stop(10);

    expect(await answer).toBe('client-disconnected');
  });

  it('takes the status from the client as soon as it is connected', async () => {
    const { tunnel } = await connected(() => undefined);

    while (tunnel.status === undefined) await nextTurn();

    expect(tunnel.status).toEqual({
      clientId: 'client-1',
      version: '1.0.0',
      agent: { version: '1', slots: { total: 2, free: 1 } },
    });
  });

  it('suspects a client that misses its heartbeat and trusts it again when it answers', async () => {
    const platform = await startTestPlatform({ statusEveryMs: 20 });
    cleanups.push(() => platform.close());
    let isFrozen = true;
    const dialer = startTestDialer(platform.url, () => undefined, {
      transport,
      handle: (request, response) => {
        if (request.url !== clientStatusPath || isFrozen) return;
        response.end(JSON.stringify({ clientId: 'a', version: '1', agent: null }));
      },
    });
    cleanups.push(() => dialer.stop(0));
    const tunnel: Tunnel = await platform.nextTunnel();

    while (!tunnel.isSuspect) await nextTurn();
    isFrozen = false;
    while (tunnel.isSuspect) await nextTurn();

    expect(tunnel.status?.agent).toBeNull();
  });
});
