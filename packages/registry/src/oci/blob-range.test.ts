import { buffer } from 'node:stream/consumers';
import {
  addImage,
  buildImage,
  startTestRegistry,
  truncatedAt,
  withBody,
  withHeader,
  withStatus,
  type TestRegistry,
} from '@plimsoll/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openRegistry, type Registry } from '../open-registry.ts';

const user = { username: 'reader', password: 'correct-horse-battery' };
const { signal } = new AbortController();
const blobs = /\/blobs\//;

const image = await buildImage({ layers: [{ files: [{ path: 'f', content: 'plimsoll'.repeat(1_000) }] }] });
const layer = image.layers[0] ?? image.config;
const descriptor = { digest: layer.digest, sizeBytes: layer.bytes.length };

let server: TestRegistry;
let registry: Registry;
beforeEach(async () => {
  server = await startTestRegistry({ authentication: { kind: 'bearer', ...user } });
  addImage(server.content, 'team/app', '1.0', image);
  registry = openRegistry({ type: 'oci', registryBase: server.base, ...user });
  // The first request learns how to come in.
  await registry.resolve('team/app', '1.0', signal);
});
afterEach(async () => {
  await registry.close();
  await server.stop();
});

const read = (start: number, end: number, blob = descriptor) =>
  buffer(registry.openBlobRange('team/app', blob, { start, end }, signal));

it('streams a part of a blob', async () => {
  const bytes = await read(10, 30);

  expect(bytes.equals(layer.bytes.subarray(10, 30))).toBe(true);
  expect(server.requests.at(-1)?.headers.range).toBe('bytes=10-29');
});

it.each([
  ['answers with the whole blob', withStatus(200)],
  ['answers with another part', withHeader('content-range', 'bytes 0-19/1000')],
  ['tells another size of the blob', withHeader('content-range', 'bytes 10-29/999999999')],
  ['does not say which part it is', withHeader('content-range', '')],
])('refuses a registry that %s', async (_what, fault) => {
  server.faults.add({ path: blobs, fault });

  await expect(read(10, 30)).rejects.toMatchObject({ code: 'unsupported' });
});

it('refuses more bytes than were asked for', async () => {
  server.faults.add({ path: blobs, fault: withBody(Buffer.alloc(100)) });

  await expect(read(10, 30)).rejects.toMatchObject({ code: 'unsupported' });
});

it('tells when there are fewer bytes than were asked for', async () => {
  server.faults.add({ path: blobs, fault: truncatedAt(5) });

  await expect(read(10, 30)).rejects.toMatchObject({ code: 'unavailable' });
});

it('tells a blob that is not there', async () => {
  const absent = { digest: `sha256:${'0'.repeat(64)}`, sizeBytes: 100 };

  await expect(read(10, 30, absent)).rejects.toMatchObject({ code: 'not-found' });
});
