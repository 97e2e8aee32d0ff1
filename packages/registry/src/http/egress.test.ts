import type { LookupAddress } from 'node:dns';
import { addImage, buildImage, redirectedTo, startTestRegistry, type TestRegistry } from '@plimsoll/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openRegistry, type Registry, type RegistryOptions } from '../open-registry.ts';
import { parseRegistryBase } from '../registry-base.ts';
import { EgressRules } from './egress-rules.ts';

const limits = { backoff: { firstMs: 1, capMs: 1 } };
const signal = new AbortController().signal;
const user = { username: 'reader', password: 'correct-horse-battery' };
const image = await buildImage({ layers: [] });
const config = { digest: image.config.digest, sizeBytes: image.config.bytes.length };
const blobs = /\/blobs\//;

let server: TestRegistry;
let registry: Registry | undefined;

beforeEach(async () => {
  server = await startTestRegistry();
  addImage(server.content, 'team/app', '1.0', image);
});
afterEach(async () => {
  await registry?.close();
  await server.stop();
});

/** Names and what they resolve to, in place of DNS. */
function resolving(names: Record<string, string>): NonNullable<RegistryOptions['egress']> {
  const resolve = (host: string, _: unknown, callback: (error: null, found: LookupAddress[]) => void) =>
    callback(null, [{ address: names[host] ?? '', family: 4 }]);
  return { resolve: resolve as never };
}

async function readBlob(registryBase: string, egress: RegistryOptions['egress'] = {}) {
  registry = openRegistry({ type: 'oci', registryBase }, { limits, egress });
  for await (const _ of registry.openBlob('team/app', config, signal)) continue;
}

it.each([
  'http://169.254.169.254/latest/meta-data/',
  'http://[fe80::1]/',
  'http://[::ffff:169.254.169.254]/',
  'http://metadata.google.internal/',
  'http://2852039166/',
  'http://0.0.0.0/',
  'http://10.1.2.3/',
  'https://192.168.1.1/',
  'ftp://127.0.0.1/',
])('does not follow a registry on the loopback to %s', async (location) => {
  server.faults.add({ path: blobs, fault: redirectedTo(location) });

  await expect(readBlob(server.base)).rejects.toMatchObject({ code: 'egress-refused', retryable: false });
});

it('checks the address that a name resolves to when it connects', async () => {
  const port = new URL(server.base).port;
  server.faults.add({
    path: blobs,
    fault: redirectedTo(`http://storage.test:${port}/v2/team/app/blobs/${config.digest}`),
    times: 1,
  });
  const loopback = { 'registry.test': '127.0.0.1' };

  await readBlob(`http://registry.test:${port}`, resolving({ ...loopback, 'storage.test': '127.0.0.1' }));
  server.faults.add({ path: blobs, fault: redirectedTo(`http://storage.test:${port}/`), times: 1 });

  await expect(
    readBlob(`http://registry.test:${port}`, resolving({ ...loopback, 'storage.test': '169.254.169.254' })),
  ).rejects.toMatchObject({ code: 'egress-refused' });
});

it('does not follow a redirect from HTTPS to plain HTTP', () => {
  const rules = new EgressRules(parseRegistryBase('https://registry.example.com'));

  expect(() => rules.checkUrl(new URL('http://storage.example.com/'))).toThrow(
    expect.objectContaining({ code: 'egress-refused' }),
  );
});

it('holds a name to the kind of network it was first in', () => {
  const rules = new EgressRules(parseRegistryBase('registry.example.com'));
  rules.checkAddress('registry.example.com', '93.184.216.34');

  expect(() => rules.checkAddress('registry.example.com', '10.0.0.5')).toThrow(/private network/);
});

it('lets a private registry send us within private networks, and a public one only when allowed', () => {
  const home = new EgressRules(parseRegistryBase('https://10.0.0.5'));
  home.checkUrl(new URL('https://10.0.0.5/'));
  home.checkAddress('minio.internal', '192.168.7.7');
  home.checkAddress('cdn.example.com', '93.184.216.34');
  expect(() => home.checkAddress('agent', '127.0.0.1')).toThrow(/own machine/);

  const opened = new EgressRules(parseRegistryBase('registry.example.com'), { allowPrivate: true });
  opened.checkAddress('minio.internal', '192.168.7.7');
  expect(() => opened.checkAddress('agent', '127.0.0.1')).toThrow(/own machine/);
  expect(() => opened.checkAddress('metadata', '169.254.169.254')).toThrow(/metadata/);
});

it('reads a registry at an address of IPv6', async () => {
  const home = await startTestRegistry({ host: '::1', authentication: { kind: 'bearer', ...user } });
  addImage(home.content, 'team/app', '1.0', image);
  registry = openRegistry({ type: 'oci', registryBase: home.base, ...user });
  const verdict = await registry.checkCredentials(signal);
  for await (const _ of registry.openBlob('team/app', config, signal)) continue;
  await home.stop();

  expect(home.base).toMatch(/^http:\/\/\[::1\]:\d+$/);
  expect(verdict).toMatchObject({ code: 'ok' });
});

it('ends a circle of redirects', async () => {
  server.faults.add({ path: blobs, fault: redirectedTo(({ url }) => url.href) });

  await expect(readBlob(server.base)).rejects.toMatchObject({ code: 'invalid-answer' });
  expect(server.requests.length).toBe(6);
});

it('does not give credentials back after a redirect that left and returned', async () => {
  const there = await startTestRegistry();
  try {
    there.faults.add({ path: blobs, fault: redirectedTo(`${server.origin}/v2/team/app/blobs/back`) });
    server.faults.add({
      path: new RegExp(`blobs/${config.digest}`),
      fault: (_, { headers, url }) =>
        headers.authorization
          ? { status: 307, headers: { location: there.origin + url.pathname } }
          : { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } },
    });
    registry = openRegistry({ type: 'oci', registryBase: server.base, ...user }, { limits });
    const blob = registry.openBlob('team/app', config, signal)[Symbol.asyncIterator]();

    await expect(blob.next()).rejects.toMatchObject({ code: 'invalid-answer' });
    expect(there.requests[0]?.headers.authorization).toBeUndefined();
    expect(server.requests.at(-1)).toMatchObject({
      headers: expect.not.objectContaining({ authorization: expect.anything() }),
    });
  } finally {
    await there.stop();
  }
});
