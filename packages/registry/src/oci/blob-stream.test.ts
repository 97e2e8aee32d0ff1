import { buffer } from 'node:stream/consumers';
import {
  addImage,
  buildImage,
  redirectedTo,
  startTestRegistry,
  truncatedAt,
  withBody,
  withHeader,
  withStatus,
  type TestRegistry,
} from '@plimsoll/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openRegistry, type Registry } from '../open-registry.ts';

const limits = { backoff: { firstMs: 1, capMs: 1 } };
const user = { username: 'reader', password: 'correct-horse-battery' };
const signal = new AbortController().signal;
const blobs = /\/blobs\//;
// More than any buffer on the way holds, and nothing that compression would make small.
const image = await buildImage({
  layers: [{ files: [{ path: 'f', content: Buffer.alloc(4_000_000, 'plimsoll') }], mediaType: 'plain' }],
});
const layer = image.layers[0] ?? image.config;
const descriptor = { digest: layer.digest, sizeBytes: layer.bytes.length };

let server: TestRegistry;
let registry: Registry;

beforeEach(async () => {
  server = await startTestRegistry({ authentication: { kind: 'bearer', ...user } });
  addImage(server.content, 'team/app', '1.0', image);
  registry = openRegistry({ type: 'oci', registryBase: server.base, ...user }, { limits });
});
afterEach(async () => {
  await registry.close();
  await server.stop();
});

function read(blob: { digest: string; sizeBytes: number } = descriptor): Promise<Buffer> {
  return buffer(registry.openBlob('team/app', blob, signal));
}

function ranges(): (string | undefined)[] {
  return server.requests
    .filter(({ url, headers }) => blobs.test(url.pathname) && headers.authorization)
    .map(({ headers }) => headers.range);
}

it('streams a blob whose bytes are those of its digest', async () => {
  expect((await read()).equals(layer.bytes)).toBe(true);
});

it('puts the bytes into memory that it is lent', async () => {
  const lent: ArrayBuffer[] = [];
  const lend = async () => {
    lent.push(new ArrayBuffer(300_000));
    return lent.at(-1)!;
  };
  const pieces: Uint8Array[] = [];
  for await (const piece of registry.openBlob('team/app', descriptor, signal, lend)) pieces.push(piece);

  expect(Buffer.concat(pieces).equals(layer.bytes)).toBe(true);
  expect(pieces.map(({ buffer, byteOffset }) => [buffer, byteOffset])).toEqual(
    lent.slice(0, -1).map((memory) => [memory, 0]),
  );
});

it('goes on where the connection broke', async () => {
  server.faults.add({ path: blobs, fault: truncatedAt(1_000_000), times: 3 });

  const bytes = await read();

  expect(bytes.equals(layer.bytes)).toBe(true);
  // The first of the three answers cut short is the challenge.
  expect(ranges()).toEqual([undefined, 'bytes=1000000-', 'bytes=2000000-']);
});

it('goes on with a server that ignores ranges', async () => {
  await read();
  server.faults.add({ path: blobs, fault: truncatedAt(1_000_000), times: 1 });
  const whole = withBody(layer.bytes);
  server.faults.add({
    path: blobs,
    fault: (answer, request) => ({ ...whole(answer, request), status: 200 }),
  });

  expect((await read()).equals(layer.bytes)).toBe(true);
});

it('does not take another part than it asked for', async () => {
  await read();
  server.faults.add({ path: blobs, fault: truncatedAt(1_000), times: 1 });
  server.faults.add({ path: blobs, fault: withHeader('content-range', 'bytes 5-9/10') });

  await expect(read()).rejects.toMatchObject({ code: 'unavailable', retryable: true });
});

it('gives up on a connection that breaks again and again', async () => {
  server.faults.add({ path: blobs, fault: truncatedAt(100) });

  await expect(read()).rejects.toMatchObject({ code: 'unavailable' });
  expect(ranges().length).toBeLessThanOrEqual(22);
});

it('asks the registry for a new address when a signed one has run out', async () => {
  const storage = await startTestRegistry({ content: server.content });
  try {
    server.faults.add({
      path: blobs,
      fault: redirectedTo(({ url }) => `${storage.origin}${url.pathname}?signature=s`),
    });
    storage.faults.add({ path: blobs, fault: truncatedAt(1_000), times: 1 });
    storage.faults.add({
      path: blobs,
      fault: (answer, { headers }) => {
        if (!headers.range || !firstResume) return answer;
        firstResume = false;
        return { status: 403, headers: {} };
      },
    });
    let firstResume = true;

    expect((await read()).equals(layer.bytes)).toBe(true);
    expect(storage.requests.map(({ headers }) => headers.range)).toEqual([
      undefined,
      'bytes=1000-',
      'bytes=1000-',
    ]);
    expect(storage.requests.filter(({ headers }) => headers.authorization)).toEqual([]);
  } finally {
    await storage.stop();
  }
});

it('tells bytes that are not those of the digest', async () => {
  const tampered = Buffer.from(layer.bytes);
  tampered[1_000] = 0xff;
  server.faults.add({ path: blobs, fault: withBody(tampered) });

  await expect(read()).rejects.toMatchObject({ code: 'digest-mismatch' });
});

it('stops at the first byte too many', async () => {
  server.faults.add({ path: blobs, fault: withBody(Buffer.alloc(8_000_000)) });
  let size = 0;
  const reading = async () => {
    for await (const chunk of registry.openBlob('team/app', descriptor, signal)) size += chunk.length;
  };

  await expect(reading()).rejects.toMatchObject({ code: 'digest-mismatch' });
  expect(size).toBeLessThanOrEqual(descriptor.sizeBytes);
});

it('tells a blob that is shorter than its manifest says', async () => {
  const sizeBytes = descriptor.sizeBytes + 1;

  await expect(read({ ...descriptor, sizeBytes })).rejects.toMatchObject({ code: 'digest-mismatch' });
});

it('tells a blob that is not there', async () => {
  await expect(read({ digest: `sha256:${'0'.repeat(64)}`, sizeBytes: 1 })).rejects.toMatchObject({
    code: 'not-found',
  });
});

it('reads by sha256 only', async () => {
  await expect(read({ digest: `sha512:${'0'.repeat(128)}`, sizeBytes: 1 })).rejects.toMatchObject({
    code: 'unsupported',
  });
});

it('waits out a rate limit', async () => {
  server.faults.add({ path: blobs, fault: withStatus(429, { 'retry-after': '0' }), times: 2 });

  expect((await read()).equals(layer.bytes)).toBe(true);
});

it('ends with the connection when its reader has enough', async () => {
  const chunks = registry.openBlob('team/app', descriptor, signal)[Symbol.asyncIterator]();
  await chunks.next();
  await chunks.return?.();

  expect(await chunks.next()).toEqual({ done: true, value: undefined });
});

it('stops when it is cancelled in the middle', async () => {
  const impatient = new AbortController();
  const reading = async () => {
    for await (const _ of registry.openBlob('team/app', descriptor, impatient.signal)) impatient.abort();
  };

  await expect(reading()).rejects.toMatchObject({ code: 'cancelled' });
});
