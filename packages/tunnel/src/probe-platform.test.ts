import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { assert, double, property } from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { probePauseMs } from './probe-platform.ts';
import { startTestDialer, startTestPlatform } from './testing-tunnel.ts';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** From a probe that is answered to an open tunnel, on a slow line, milliseconds. */
const dialMs = 1_000;

it.each([
  [3, 2],
  [30, 3],
  [90, 5],
  [24 * 60 * 60, 5],
])('is back soon after a platform that was away for %i s: within %i s', (awaySeconds, backSeconds) => {
  assert(
    property(double({ min: 0, max: 1, noNaN: true }), (random) => {
      // The probe before the platform came back may just have failed.
      const worstMs = probePauseMs((awaySeconds + backSeconds) * 1_000, () => random) + dialMs;
      expect(worstMs).toBeLessThanOrEqual(backSeconds * 1_000);
    }),
  );
});

it('spreads the probes of many clients', () => {
  expect(probePauseMs(90_000, () => 0)).toBe(1_500);
  expect(probePauseMs(90_000, () => 1)).toBe(3_000);
  expect(probePauseMs(0, () => 0)).toBe(250);
});

it('dials at once when the platform is back, however long it would have waited', async () => {
  const before = await startTestPlatform();
  const waits = Promise.withResolvers<void>();
  const dialer = startTestDialer(before.url, (_request, response) => void response.end(), {
    backoff: { firstMs: 0, capMs: 0 },
    onLog: (line) => line.includes('could not be opened') && waits.resolve(),
  });
  cleanups.push(() => dialer.stop(0));
  await before.nextTunnel();
  await before.close();
  await waits.promise;
  await dialer.stop(0);

  // As after a long absence: the next try is far away.
  const failed = Promise.withResolvers<void>();
  const patient = startTestDialer(before.url, () => undefined, {
    backoff: { firstMs: 10 ** 9, capMs: 10 ** 9 },
    onLog: (line) => line.includes('could not be opened') && failed.resolve(),
  });
  cleanups.push(() => patient.stop(0));
  await failed.promise;
  const after = await startTestPlatform({ port: Number(new URL(before.url).port) });
  cleanups.push(() => after.close());

  const tunnel = await after.nextTunnel();
  expect(tunnel.isOpen).toBe(true);
});

it('takes a balancer without a platform behind it for no platform', async () => {
  let status = 502;
  let asked = 0;
  const twice = Promise.withResolvers<void>();
  const server = createServer((_request, response) => {
    if (++asked === 3) twice.resolve();
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const dialer = startTestDialer(`http://127.0.0.1:${port}`, () => undefined, {
    backoff: { firstMs: 10 ** 9, capMs: 10 ** 9 },
  });
  cleanups.push(() => dialer.stop(0));

  // The dial and two looks.
  await twice.promise;
  expect(dialer.state).toBe('waiting');
  status = 200;
  await new Promise<void>((resolve) => {
    server.on('upgrade', (_request, socket) => {
      socket.destroy();
      resolve();
    });
  });
  await new Promise((resolve) => {
    server.closeAllConnections();
    server.close(resolve);
  });
});
