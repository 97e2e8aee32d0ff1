import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { rawTar } from '@plimsoll/testkit';
import { afterAll, expect, it } from 'vitest';
import { defaultLayerLimits } from '../limits.ts';
import { LayerReaders } from './layer-readers.ts';

const readers = new LayerReaders({ threads: 2 });
afterAll(() => readers.close());

const stored = gzipSync(
  rawTar([{ name: 'node_modules/a/package.json', body: '{"name": "a", "version": "1.0.0"}' }]),
);
const task = { sizeBytes: stored.length, limits: defaultLayerLimits, linked: [] };

async function* chunks(bytes: Uint8Array = stored) {
  for (let offset = 0; offset < bytes.length; offset += 1_000) yield bytes.subarray(offset, offset + 1_000);
}

it('reads a layer in a thread', async () => {
  const { files } = await readers.read(() => chunks(), task);

  expect(files).toEqual([
    [
      'node_modules/a/package.json',
      { packages: [{ type: 'npm', name: 'a', version: '1.0.0', evidence: 'installed' }] },
    ],
  ]);
});

it('reads no more layers at once than it has threads, and opens a layer only when its turn has come', async () => {
  let open = 0;
  let most = 0;
  const counted = async function* () {
    open += 1;
    most = Math.max(most, open);
    await setImmediate();
    yield* chunks();
    open -= 1;
  };

  const all = await Promise.all(Array.from({ length: 8 }, () => readers.read(counted, task)));

  expect(all.map(({ files }) => files.length)).toEqual(Array(8).fill(1));
  expect(most).toBe(2);
});

it('passes on what a source throws, and reads on with the same thread', async () => {
  const broken = async function* () {
    yield stored.subarray(0, 20);
    throw new Error('connection lost');
  };

  for (let round = 0; round < 12; round += 1) {
    await expect(readers.read(broken, task)).rejects.toThrow('connection lost');
  }
  expect((await readers.read(() => chunks(), task)).files).toHaveLength(1);
});

it('moves layers of many blocks through the thread', async () => {
  const body = Buffer.alloc(5_000_000, 'plimsoll');
  const large = rawTar([
    { name: 'large', body },
    { name: 'node_modules/b/package.json', body: '{"name":"b","version":"2"}' },
  ]);

  const facts = await readers.read(() => chunks(large), { ...task, sizeBytes: large.length });

  expect(facts.files).toHaveLength(1);
  expect(facts.warnings).toEqual([]);
});

it('ends a thread that takes too much memory, names the layer, and goes on with another thread', async () => {
  // A lockfile below its size limit, made of as many small objects as fit.
  const document = `{"packages":{"x":[${'{"":0},'.repeat(1_000_000)}{}]}}`;
  const greedy = gzipSync(
    rawTar(Array.from({ length: 1 }, () => ({ name: 'package-lock.json', body: document }))),
  );

  const small = new LayerReaders({ threads: 1, heapMebibytes: 24 });
  try {
    await expect(small.read(() => chunks(greedy), task)).rejects.toMatchObject({
      code: 'layer-out-of-memory',
    });
    expect((await small.read(() => chunks(), task)).files).toHaveLength(1);
  } finally {
    await small.close();
  }
});
