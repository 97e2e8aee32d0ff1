import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  addImage,
  buildImage,
  redirectedTo,
  startTestRegistry,
  withBody,
  withHeader,
  type Fault,
  type TestRegistry,
} from '@plimsoll/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openRegistry, type Registry, type RegistryOptions } from './open-registry.ts';

// What a registry does to whoever lists it, beside what every provider is put through (hostile.conformance.ts).

const limits = { backoff: { firstMs: 1, capMs: 1 } };
const signal = new AbortController().signal;
const image = await buildImage({ layers: [] });

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

function open(options: RegistryOptions = {}, registryBase = server.base): Registry {
  registry = openRegistry({ type: 'oci', registryBase }, { limits, ...options });
  return registry;
}

/** A page of the catalog with these names, that leads on to `next`. */
function page(repositories: string[], next: string): Fault {
  return (answer, request) =>
    withHeader('link', `<${next}>; rel="next"`)(
      withBody(JSON.stringify({ repositories }))(answer, request),
      request,
    );
}

it('is not led in a circle, and says that the listing is not complete', async () => {
  server.faults.add({
    path: /_catalog/,
    fault: (answer, request) => {
      const number = Number(request.url.searchParams.get('last') ?? 0);
      const next = number === 7 ? 3 : number + 1;
      return page([`team/app-${number}`], `/v2/_catalog?n=1&last=${next}`)(answer, request);
    },
  });

  const listing = await open().listRepositories({ limit: 1_000 }, signal);

  expect(listing).toMatchObject({ complete: false, warnings: [expect.stringContaining('circle')] });
  expect(listing.nextCursor).toBeUndefined();
  expect(server.requests.length).toBeLessThan(30);
});

it('comes back from empty pages without end', async () => {
  let number = 0;
  server.faults.add({
    path: /_catalog/,
    fault: (answer, request) => page([], `/v2/_catalog?last=x${number++}`)(answer, request),
  });

  const listing = await open().listRepositories({ limit: 1_000 }, signal);

  expect(listing).toMatchObject({ repositories: [], nextCursor: expect.any(String) });
  expect(server.requests.length).toBeLessThanOrEqual(101);
});

it('asks for no page at another host or path', async () => {
  const elsewhere = await startTestRegistry();
  server.faults.add({ path: /_catalog/, fault: page(['a'], `${elsewhere.origin}/x?last=a`), times: 1 });

  await open().listRepositories({ limit: 1_000 }, signal);
  await elsewhere.stop();

  expect(elsewhere.requests).toEqual([]);
  expect(new Set(server.requests.map(({ url }) => url.pathname))).toEqual(new Set(['/v2/_catalog']));
});

it('lists no tag that does not belong in a URL', async () => {
  const tags = ['ok', '../../x', 'a/b', 'a b', '', '-x', 'x'.repeat(129), 'a\u0000', 'ä', '%2e%2e'];
  server.faults.add({ path: /tags\/list/, fault: withBody(JSON.stringify({ name: 'team/app', tags })) });

  const listing = await open().listTags('team/app', { limit: 100 }, signal);

  expect(listing.tags.map(({ name }) => name)).toEqual(['ok']);
  expect(listing.warnings).toEqual([expect.stringContaining('9 names were left out')]);
});

it.each(['../x', 'a/../b', 'A', 'a//b', 'a?b', 'a#b', 'a%2fb', '/a', 'a/', '', 'a'.repeat(256), '_catalog?'])(
  'puts the repository name %j into no address',
  async (name) => {
    await expect(open().listTags(name, { limit: 1 }, signal)).rejects.toMatchObject({ code: 'not-found' });
    await expect(open().resolve(name, '1.0', signal)).rejects.toMatchObject({ code: 'not-found' });
    expect(server.requests).toEqual([]);
  },
);

it.each(['../x', 'a/b', 'a?b', '', `sha256:${'0'.repeat(63)}`, 'sha256:../x', 'a'.repeat(129)])(
  'puts the reference %j into no address',
  async (reference) => {
    await expect(open().resolve('team/app', reference, signal)).rejects.toMatchObject({ code: 'not-found' });
    expect(server.requests).toEqual([]);
  },
);

it('does not follow a name that moves into another network between two connections', async () => {
  const addresses = ['127.0.0.1', '169.254.169.254', '10.0.0.5'];
  const resolve = (_: string, __: unknown, done: (error: null, found: LookupAddress[]) => void) =>
    done(null, [{ address: addresses.shift() ?? '', family: 4 }]);
  // Each request has a connection of its own, so each asks for the address anew.
  server.faults.add({ path: /./, fault: withHeader('connection', 'close') });
  const { port } = new URL(server.base);
  const ours = open(
    { egress: { resolve: resolve as never }, limits: { ...limits, attempts: 1 } },
    `http://registry.test:${port}`,
  );

  expect((await ours.listTags('team/app', { limit: 1 }, signal)).tags).toHaveLength(1);
  for (let time = 0; time < 2; time++) {
    await expect(ours.listTags('team/app', { limit: 1 }, signal)).rejects.toMatchObject({
      code: 'egress-refused',
    });
  }
});

it('lets a proxy lead a public registry into no private network', async () => {
  const asked: string[] = [];
  const proxy = createServer((incoming, response) => {
    asked.push(incoming.url ?? '');
    response.writeHead(307, { location: locations[asked.length - 1] }).end();
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const locations = ['http://10.0.0.5/', 'http://127.0.0.1:9/', 'http://localhost/', 'http://[::1]/'];
  const http = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const ours = open({ proxy: { http } }, 'http://registry.example.com');

  for (const _ of locations) {
    await expect(ours.resolve('team/app', '1.0', signal)).rejects.toMatchObject({ code: 'egress-refused' });
  }
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
  expect(new Set(asked)).toEqual(new Set(['http://registry.example.com/v2/team/app/manifests/1.0']));
});

it('leads to no address with a user name in it', async () => {
  server.faults.add({ path: /blobs/, fault: redirectedTo(`http://user:pass@127.0.0.1:1/`) });
  const config = { digest: image.config.digest, sizeBytes: image.config.bytes.length };
  const reading = open().openBlob('team/app', config, signal)[Symbol.asyncIterator]();

  await expect(reading.next()).rejects.toMatchObject({ code: 'invalid-answer' });
});

it('reads no headers without end', async () => {
  server.faults.add({ path: /_catalog/, fault: withHeader('x-long', 'x'.repeat(100_000)) });

  await expect(open().listRepositories({ limit: 1 }, signal)).rejects.toMatchObject({
    name: 'RegistryError',
  });
});

it('reads no failure without end, and quotes nothing of it', async () => {
  server.faults.add({
    path: /_catalog/,
    fault: () => ({ status: 403, headers: {}, body: `<b>${'evil '.repeat(100_000)}` }),
  });

  const failure = await open()
    .listRepositories({ limit: 1 }, signal)
    .catch((error: unknown) => error);

  expect(failure).toMatchObject({ code: 'forbidden' });
  expect(String(failure)).not.toContain('evil');
});
