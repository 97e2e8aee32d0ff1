import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { makeCertificate } from '@plimsoll/testkit';
import { startTestNetworks } from './testing-networks.ts';

const certificate = makeCertificate('platform.test');
if (!certificate) console.log('skipped: the openssl command is missing, so no certificate can be made');

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

it.skipIf(!certificate)(
  'reaches a platform with a private certificate through a proxy with a password',
  async () => {
    const called: string[] = [];
    const proxy = await startProxy(called);
    const test = await startTestNetworks({
      tls: certificate!,
      platform: (request, response) => response.end(request.url),
      onPlatformPort: (port) => (proxy.forwardTo = port),
      environment: {
        BROKER_SERVER_URL: 'https://platform.test',
        CA_CERT: certificate!.path,
        HTTPS_PROXY: `http://user:canary-proxy@127.0.0.1:${proxy.port}`,
      },
    });
    cleanups.push(() => test.close());

    const tunnel = await test.tunnel;
    const answer = await tunnel.request({ method: 'GET', path: '/list' });
    answer.body.destroy();
    const callback = await fetch(`${test.url}/api/v2/import/done`, { method: 'POST', body: '{}' });

    expect(answer.status).toBe(200);
    expect([callback.status, await callback.text()]).toEqual([200, '/api/v2/import/done']);
    // The tunnel and the callback; the agent was asked directly.
    expect(called).toEqual(Array.from({ length: 2 }, () => 'platform.test:443 user:canary-proxy'));
    expect(test.logged.join('')).not.toContain('canary');
  },
);

it.skipIf(!certificate)('does not trust a certificate that nobody vouches for', async () => {
  const failed = Promise.withResolvers<string>();
  const test = await startTestNetworks({
    tls: certificate!,
    environment: {},
    onLog: (line) => line.includes('could not be opened') && failed.resolve(line),
  });
  cleanups.push(() => test.close());

  expect(await failed.promise).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
});

/** A forward proxy that connects to one port whatever host is asked for, and notes who asked. */
async function startProxy(called: string[]) {
  const sockets = new Set<Socket>();
  const proxy = { forwardTo: 0, port: 0 };
  const server = createServer().on('connect', (request, socket: Socket) => {
    const [, credentials = ''] = request.headers['proxy-authorization']?.split(' ') ?? [];
    called.push(`${request.url} ${Buffer.from(credentials, 'base64').toString()}`);
    const upstream = connect(proxy.forwardTo, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    sockets.add(upstream).add(socket);
    for (const end of [upstream, socket]) end.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.port = (server.address() as AddressInfo).port;
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return proxy;
}
