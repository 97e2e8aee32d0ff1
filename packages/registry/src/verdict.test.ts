import { createServer } from 'node:net';
import { once } from 'node:events';
import {
  redirectedTo,
  stalled,
  startTestRegistry,
  webPage,
  withBody,
  withStatus,
  type Fault,
  type TestRegistry,
} from '@plimsoll/testkit';
import type { RegistryCredentials } from '@plimsoll/contracts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RegistryLimits } from './limits.ts';
import { openRegistry } from './open-registry.ts';

const user = { username: 'reader', password: 'correct-horse-battery' };
const limits = { backoff: { firstMs: 1, capMs: 1 } };
const signal = new AbortController().signal;

let server: TestRegistry;

beforeEach(async () => {
  server = await startTestRegistry({
    authentication: { kind: 'basic', ...user },
    pathPrefix: '/docker/local',
  });
});
afterEach(() => server.stop());

async function check(credentials: Partial<RegistryCredentials> = {}, more: Partial<RegistryLimits> = {}) {
  const registry = openRegistry(
    { type: 'oci', registryBase: server.base, ...user, ...credentials },
    { limits: { ...limits, ...more } },
  );
  try {
    return await registry.checkCredentials(signal);
  } finally {
    await registry.close();
  }
}

it('lets in below a path', async () => {
  expect(await check()).toMatchObject({ ok: true, code: 'ok' });
});

it('tells a base without its path', async () => {
  expect(await check({ registryBase: server.origin })).toMatchObject({ ok: false, code: 'not-a-registry' });
});

it.each<[string, RegExp, Fault, string]>([
  ['a closed catalog (401)', /_catalog/, withStatus(401), 'cannot-list'],
  ['a closed catalog (403)', /_catalog/, withStatus(403), 'cannot-list'],
  ['no catalog (404)', /_catalog/, withStatus(404), 'cannot-list'],
  ['a catalog that is not allowed (405)', /_catalog/, withStatus(405), 'cannot-list'],
  [
    'a catalog that leads to documentation',
    /_catalog/,
    redirectedTo('http://localhost:1/docs'),
    'cannot-list',
  ],
  ['a web page in place of the registry', /./, webPage(), 'not-a-registry'],
  ['a web page in place of the catalog', /_catalog/, webPage(), 'not-a-registry'],
  ['a catalog of another form', /_catalog/, withBody('{"repositories":"all"}'), 'not-a-registry'],
  ['a rate limit', /v2/, withStatus(429, { 'retry-after': '3600' }), 'rate-limited'],
  ['a broken registry', /v2/, withStatus(503), 'unreachable'],
  ['a redirect into the metadata service', /v2/, redirectedTo('http://169.254.169.254/'), 'error'],
])('tells %s', async (_, path, fault, code) => {
  server.faults.add({ path, fault });

  expect(await check()).toMatchObject({ ok: false, code });
});

it('does not wait for the body of a failure', async () => {
  server.faults.add({ path: /_catalog/, fault: withStatus(403) });
  server.faults.add({ path: /_catalog/, fault: stalled('after-headers') });

  expect(await check({}, { errorBodyTimeoutMs: 1 })).toMatchObject({ code: 'cannot-list' });
});

it('says until when a registry wants to be left alone', async () => {
  server.faults.add({ path: /v2/, fault: withStatus(429, { 'retry-after': '3600' }) });

  expect((await check()).message).toMatch(/wait until \d{4}-/);
});

it('tells credentials that are missing', async () => {
  const registry = openRegistry({ type: 'oci', registryBase: server.base }, { limits });

  expect(await registry.checkCredentials(signal)).toMatchObject({ ok: false, code: 'unauthorized' });
  await registry.close();
});

it('tells an address where nobody listens', async () => {
  const base = server.base;
  await server.stop();

  expect(await check({ registryBase: base })).toMatchObject({ ok: false, code: 'unreachable' });
});

it('tells plain HTTP where TLS was expected', async () => {
  const verdict = await check({ registryBase: server.base.replace('http:', 'https:') });

  expect(verdict).toMatchObject({ ok: false, code: 'tls', message: expect.stringContaining('http://') });
});

it('tells a server that does not speak HTTP', async () => {
  const greeter = createServer((socket) =>
    socket.end('220 mail.example.com ESMTP\r\n').on('error', () => undefined),
  );
  await once(greeter.listen(0, '127.0.0.1'), 'listening');
  const address = greeter.address() as { port: number };

  expect(await check({ registryBase: `http://127.0.0.1:${address.port}` })).toMatchObject({
    code: 'not-a-registry',
  });
  greeter.close();
});

it.each<[string, Partial<RegistryCredentials>, string]>([
  ['a type that needs a base', { type: 'acr' }, 'not-a-registry'],
  ['a base that is no address', { registryBase: 'https://' }, 'not-a-registry'],
  ['an empty base', { registryBase: '' }, 'not-a-registry'],
])('tells %s at every call', async (_, credentials, code) => {
  const registry = openRegistry({ type: 'oci', ...user, ...credentials });

  expect(await registry.checkCredentials(signal)).toMatchObject({ ok: false, code });
  await expect(registry.listRepositories({ limit: 1 }, signal)).rejects.toMatchObject({ code });
  await expect(
    registry.openBlob('a', { digest: '', sizeBytes: 0 }, signal)[Symbol.asyncIterator]().next(),
  ).rejects.toMatchObject({ code });
  await registry.close();
});
