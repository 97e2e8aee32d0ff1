import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startTestRegistry, type TestRegistry } from '@plimsoll/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openRegistry } from '../open-registry.ts';

const signal = new AbortController().signal;
/** What the proxy was asked for, and the credentials it was given. */
const seen: { url: string | undefined; authorization: string | undefined }[] = [];

/** A proxy that knows names which DNS does not: whatever the host, it asks the registry. */
const proxy = createServer((incoming, response) => {
  seen.push({ url: incoming.url, authorization: incoming.headers['proxy-authorization'] });
  const { pathname, search } = new URL(incoming.url ?? '/', 'http://x');
  request(server.origin + pathname + search, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  }).end();
});
let server: TestRegistry;

beforeEach(async () => {
  seen.length = 0;
  server = await startTestRegistry();
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
});
afterEach(async () => {
  await server.stop();
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
});

async function check(registryBase: string, no?: string) {
  const { port } = proxy.address() as AddressInfo;
  const http = `http://user:pass@127.0.0.1:${port}`;
  const registry = openRegistry({ type: 'oci', registryBase }, { proxy: { http, no } });
  try {
    return await registry.checkCredentials(signal);
  } finally {
    await registry.close();
  }
}

it('goes through the proxy, with its credentials', async () => {
  expect(await check('http://registry.invalid')).toMatchObject({ code: 'ok' });
  expect(seen[0]).toEqual({
    url: 'http://registry.invalid/v2/',
    authorization: `Basic ${Buffer.from('user:pass').toString('base64')}`,
  });
});

it('goes past the proxy to the hosts that are named', async () => {
  expect(await check(server.base, '127.0.0.1')).toMatchObject({ code: 'ok' });
  expect(seen).toEqual([]);
});
