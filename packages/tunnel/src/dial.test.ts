import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { Secret } from '@plimsoll/runtime';
import { startTestDialer, startTestPlatform } from './testing-tunnel.ts';
import type { Tunnel } from './tunnel.ts';

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
  const dialer = startTestDialer(url, handle, options);
  cleanups.push(() => dialer.stop(0));
  return dialer;
}

async function ask(tunnel: Tunnel): Promise<string> {
  return text((await tunnel.request({ method: 'GET', path: '/' })).body);
}

it('connects again after the platform restarted', async () => {
  const before = await startTestPlatform();
  dialOfTest(before.url, (_request, response) => void response.end('hello'));
  expect(await ask(await before.nextTunnel())).toBe('hello');

  await before.close();
  const after = await platformOfTest({ port: Number(new URL(before.url).port) });

  expect(await ask(await after.nextTunnel())).toBe('hello');
});

it('goes on trying a platform that cannot be reached', async () => {
  const platform = await startTestPlatform();
  await platform.close();
  const failed = Promise.withResolvers<void>();
  let lines = 0;

  const dialer = dialOfTest(platform.url, () => undefined, {
    onLog: () => ++lines === 3 && failed.resolve(),
  });
  await failed.promise;

  expect(dialer.logged[2]).toContain('tunnel could not be opened');
  expect(dialer.logged[2]).toContain('ECONNREFUSED');
});

it('says that the token was refused, waits long, and shows the token nowhere', async () => {
  const platform = await platformOfTest();
  const logged = Promise.withResolvers<void>();

  const dialer = dialOfTest(platform.url, () => undefined, {
    token: new Secret('revoked-token'),
    onLog: () => logged.resolve(),
  });
  await logged.promise;

  const line = JSON.parse(dialer.logged[0]!) as {
    level: string;
    msg: string;
    status: number;
    retryInMs: number;
  };
  expect(line).toMatchObject({ level: 'error', status: 401 });
  expect(line.msg).toMatch(/^broker token refused/);
  expect(line.retryInMs).toBeGreaterThanOrEqual(15_000);
  expect(dialer.state).toBe('refused');
  expect([...dialer.logged, ...platform.logged].join('')).not.toContain('revoked-token');
});

it('treats a platform that cannot check tokens as a failure that passes', async () => {
  const platform = await platformOfTest();
  const logged = Promise.withResolvers<void>();

  const dialer = dialOfTest(platform.url, () => undefined, {
    token: new Secret('broken'),
    onLog: () => logged.resolve(),
  });
  await logged.promise;

  expect(dialer.logged[0]).toContain('the platform answered 503');
});

it('shares the work between two clients with one token', async () => {
  const platform = await platformOfTest();
  const handle = (name: string) => (_request: unknown, response: { end(text: string): unknown }) =>
    void response.end(name);
  dialOfTest(platform.url, handle('one'), { clientId: 'one' });
  dialOfTest(platform.url, handle('two'), { clientId: 'two' });
  await Promise.all([platform.nextTunnel(), platform.nextTunnel()]);

  const answers = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const carrier = await platform.directory.pick('acme');
      return text((await carrier!.request({ method: 'GET', path: '/' })).body);
    }),
  );

  expect(answers.filter((answer) => answer === 'one')).toHaveLength(5);
  expect((await platform.directory.clientsOf('acme')).map(({ clientId }) => clientId).sort()).toEqual([
    'one',
    'two',
  ]);
});

it('picks the less busy of two clients, and none where there is none', async () => {
  const platform = await platformOfTest();
  const handle = (request: { url: string }, response: { end(text: string): unknown }) => {
    if (request.url !== '/hang') response.end('done');
  };
  dialOfTest(platform.url, handle, { clientId: 'one' });
  dialOfTest(platform.url, handle, { clientId: 'two' });
  const [busy, idle] = [await platform.nextTunnel(), await platform.nextTunnel()];
  const abort = new AbortController();
  const hanging = busy.request({ method: 'GET', path: '/hang', signal: abort.signal }).catch(() => 'aborted');
  const hangingToo = busy
    .request({ method: 'GET', path: '/hang', signal: abort.signal })
    .catch(() => 'aborted');

  const picks = [await platform.directory.pick('acme'), await platform.directory.pick('acme')];

  expect(picks).toEqual([idle, idle]);
  expect(await platform.directory.pick('acme', ({ id }) => id === idle.id)).toBe(busy);
  expect(await platform.directory.pick('other')).toBeUndefined();
  abort.abort();
  expect(await Promise.all([hanging, hangingToo])).toEqual(['aborted', 'aborted']);
});

it('ends a connection whose other end is silent', async () => {
  const platform = await platformOfTest();
  const lost = Promise.withResolvers<void>();
  const dialer = dialOfTest(platform.url, () => undefined, {
    pingEveryMs: 10,
    onLog: (line) => line.includes('tunnel lost') && lost.resolve(),
  });
  await platform.nextTunnel();

  // The platform's side stops reading: its answers to pings stop with it.
  for (const socket of platform.sockets) socket.pause();
  await lost.promise;

  expect(dialer.logged.join('')).toContain('tunnel lost');
});

it.each([
  ['no token', {}, 401],
  ['a token in the wrong scheme', { authorization: 'Basic good' }, 401],
  ['another subprotocol', { authorization: 'Bearer good', 'sec-websocket-protocol': 'graphql-ws' }, 400],
])('refuses an upgrade with %s', async (_name, headers, status) => {
  const platform = await platformOfTest();

  const answer = await new Promise<number | undefined>((resolve) => {
    httpRequest(`${platform.url}/broker/tunnel`, {
      headers: { connection: 'upgrade', upgrade: 'websocket', ...headers },
    })
      .on('response', (response) => resolve(response.resume().statusCode))
      .end();
  });

  expect(answer).toBe(status);
});

it('does not take a token from the address, and leaves other paths alone', async () => {
  const platform = await platformOfTest();
  const statusOf = (path: string) =>
    new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(platform.url).port), '127.0.0.1');
      socket.once('data', (data) => resolve(data.toString().split('\r\n')[0] ?? ''));
      socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`);
    });

  expect(await statusOf('/broker/tunnel?token=good')).toContain('401');
  expect(await statusOf('/else')).toContain('404');
});
