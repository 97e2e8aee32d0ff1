import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { startTestDialer, startTestPlatform, type TestPlatform } from './testing-tunnel.ts';

// Two tunnels to two replicas behind one address.

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const until = async (condition: () => boolean) => {
  while (!condition()) await nextTurn();
};

/** A replica of a platform that has `count.now` of them. */
async function replica(id: string, count: { now: number }): Promise<TestPlatform> {
  const platform = await startTestPlatform({ replica: { id, count: () => count.now }, statusEveryMs: 200 });
  cleanups.push(() => platform.close());
  return platform;
}

/** A balancer that leads to one replica after the other. */
async function balancer(...targets: { url: string }[]): Promise<{ url: string; targets: { url: string }[] }> {
  let next = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((incoming) => {
    const { port } = new URL(targets[next++ % targets.length]!.url);
    const outgoing = connect(Number(port), '127.0.0.1');
    for (const socket of [incoming, outgoing]) {
      sockets.add(socket);
      // As the ends do; else a status may wait 40 ms for an acknowledgement.
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
    }
    incoming.pipe(outgoing).pipe(incoming);
    incoming.on('close', () => outgoing.destroy());
    outgoing.on('close', () => incoming.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, targets };
}

it('holds a tunnel to each of two replicas, and one where there is one', async () => {
  const count = { now: 2 };
  const [a, b] = [await replica('a', count), await replica('b', count)];
  const { url } = await balancer(a, a, a, b);
  const dialer = startTestDialer(url, (_request, response) => void response.end('hello'));
  cleanups.push(() => dialer.stop(0));

  for (const platform of [a, b]) {
    const tunnel = await platform.nextTunnel();
    expect(await text((await tunnel.request({ method: 'GET', path: '/' })).body)).toBe('hello');
  }
  await until(() => dialer.open === 2);
  expect((await a.directory.clientsOf('acme')).map(({ tunnels }) => tunnels)).toEqual([1]);
  expect(dialer.logged.join('')).not.toContain('could not be opened');
});

it('dials a second tunnel as soon as it hears of a second replica', async () => {
  const count = { now: 1 };
  const [a, b] = [await replica('a', count), await replica('b', count)];
  const { url, targets } = await balancer(a);
  const dialer = startTestDialer(url, () => undefined);
  cleanups.push(() => dialer.stop(0));
  const tunnel = await a.nextTunnel();
  await until(() => tunnel.status !== undefined);
  expect(dialer.open).toBe(1);

  targets.push(b);
  count.now = 2;
  await b.nextTunnel();

  await until(() => dialer.open === 2);
});

it('keeps to one tunnel when told so', async () => {
  const count = { now: 2 };
  const a = await replica('a', count);
  const dialer = startTestDialer(a.url, () => undefined, { maxTunnels: 1 });
  cleanups.push(() => dialer.stop(0));
  const tunnel = await a.nextTunnel();
  await until(() => tunnel.status !== undefined);

  expect(dialer.open).toBe(1);
});

it('is back at the replica that is left when one stops, before the stopping one has finished', async () => {
  const count = { now: 2 };
  const [a, b] = [await replica('a', count), await replica('b', count)];
  const { url, targets } = await balancer(a, b);
  const go = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const dialer = startTestDialer(
    url,
    async (_request, response) => {
      started.resolve();
      await go.promise;
      response.end('finished');
    },
    { maxTunnels: 1 },
  );
  cleanups.push(() => dialer.stop(0));
  const first = await a.nextTunnel();
  const answer = first.request({ method: 'GET', path: '/' });
  await started.promise;

  targets.splice(0, 2, b);
  const stopped = a.acceptor.stop(30_000);
  await b.nextTunnel();
  go.resolve();

  expect(await text((await answer).body)).toBe('finished');
  await stopped;
});

it('comes back to two different replicas when it has lost both tunnels at once', async () => {
  const count = { now: 2 };
  const [a, b] = [await replica('a', count), await replica('b', count)];
  const { url } = await balancer(a, b);
  const dialer = startTestDialer(url, () => undefined);
  cleanups.push(() => dialer.stop(0));
  await until(() => dialer.open === 2);

  for (const platform of [a, b]) for (const socket of platform.sockets) socket.destroy();
  await until(() => dialer.open === 0);
  await until(() => dialer.open === 2);

  const held = await Promise.all([a, b].map((platform) => platform.directory.clientsOf('acme')));
  expect(held.flat().map(({ tunnels }) => tunnels)).toEqual([1, 1]);
});
