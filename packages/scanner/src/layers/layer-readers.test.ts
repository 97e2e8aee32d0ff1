import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { rawTar } from '@plimsoll/testkit';
import { afterAll, expect, it } from 'vitest';
import type { Lend } from '../image-source.ts';
import { defaultLayerLimits } from '../limits.ts';
import { LayerReaders } from './layer-readers.ts';

const readers = new LayerReaders({ threads: 2 });
afterAll(() => readers.close());

const stored = gzipSync(
  rawTar([{ name: 'node_modules/a/package.json', body: '{"name": "a", "version": "1.0.0"}' }]),
);
const { signal } = new AbortController();
const task = { sizeBytes: stored.length, limits: defaultLayerLimits, linked: [] };

async function* chunks(bytes: Uint8Array = stored) {
  for (let offset = 0; offset < bytes.length; offset += 1_000) yield bytes.subarray(offset, offset + 1_000);
}

it('reads a layer in a thread', async () => {
  const { files } = await readers.read(() => chunks(), task, signal);

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

  const all = await Promise.all(Array.from({ length: 8 }, () => readers.read(counted, task, signal)));

  expect(all.map(({ files }) => files.length)).toEqual(Array(8).fill(1));
  expect(most).toBe(2);
});

it('passes on what a source throws, and reads on with the same thread', async () => {
  const broken = async function* () {
    yield stored.subarray(0, 20);
    throw new Error('connection lost');
  };

  for (let round = 0; round < 12; round += 1) {
    await expect(readers.read(broken, task, signal)).rejects.toThrow('connection lost');
  }
  expect((await readers.read(() => chunks(), task, signal)).files).toHaveLength(1);
});

/** Fills memory of the thread, as a registry does; `until` bytes are through, it fails. */
const filling = (bytes: Uint8Array, until = Infinity) =>
  async function* (lend: Lend) {
    for (let offset = 0; ;) {
      const memory = new Uint8Array(await lend());
      if (offset >= until) throw new Error('connection lost');
      const piece = bytes.subarray(offset, offset + memory.length);
      if (piece.length === 0) return;
      memory.set(piece);
      yield memory.subarray(0, piece.length);
      offset += piece.length;
    }
  };

it('lends its memory to a source, and has it back when the source fails', async () => {
  const body = Buffer.alloc(5_000_000, 'plimsoll');
  const large = rawTar([
    { name: 'large', body },
    { name: 'node_modules/b/package.json', body: '{"name":"b","version":"2"}' },
  ]);
  const ofLarge = { ...task, sizeBytes: large.length };

  // More often than a thread has blocks.
  for (let round = 0; round < 24; round += 1) {
    await expect(readers.read(filling(large, 1), ofLarge, signal)).rejects.toThrow('connection lost');
  }
  expect((await readers.read(filling(large), ofLarge, signal)).files).toHaveLength(1);
});

it('moves layers of many blocks through the thread', async () => {
  const body = Buffer.alloc(5_000_000, 'plimsoll');
  const large = rawTar([
    { name: 'large', body },
    { name: 'node_modules/b/package.json', body: '{"name":"b","version":"2"}' },
  ]);

  const facts = await readers.read(() => chunks(large), { ...task, sizeBytes: large.length }, signal);

  expect(facts.files).toHaveLength(1);
  expect(facts.warnings).toEqual([]);
});

it('gives a layer up at once when the signal is aborted, even if its source has fallen silent', async () => {
  const controller = new AbortController();
  const silent = async function* () {
    yield stored.subarray(0, 20);
    controller.abort(new Error('enough'));
    await new Promise(() => {});
  };

  await expect(readers.read(silent, task, controller.signal)).rejects.toThrow('enough');
  await expect(readers.read(() => chunks(), task, controller.signal)).rejects.toThrow('enough');
  expect((await readers.read(() => chunks(), task, signal)).files).toHaveLength(1);
});

it('lets a scan stop waiting for a thread, and gives its turn to the next', async () => {
  const controller = new AbortController();
  const release = Promise.withResolvers<void>();
  const slow = async function* () {
    await release.promise;
    yield* chunks();
  };
  const busy = [1, 2].map(() => readers.read(slow, task, signal));
  const waiting = readers.read(() => chunks(), task, controller.signal);
  const next = readers.read(() => chunks(), task, signal);

  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  release.resolve();

  expect((await Promise.all([...busy, next])).map(({ files }) => files.length)).toEqual([1, 1, 1]);
});

it('ends a thread that takes too much memory, names the layer, and goes on with another thread', async () => {
  // A lockfile below its size limit, made of as many small objects as fit.
  const document = `{"packages":{"x":[${'{"":0},'.repeat(1_000_000)}{}]}}`;
  const greedy = gzipSync(
    rawTar(Array.from({ length: 1 }, () => ({ name: 'package-lock.json', body: document }))),
  );

  const small = new LayerReaders({ threads: 1, heapMebibytes: 24 });
  try {
    await expect(small.read(() => chunks(greedy), task, signal)).rejects.toMatchObject({
      code: 'layer-out-of-memory',
    });
    expect((await small.read(() => chunks(), task, signal)).files).toHaveLength(1);
  } finally {
    await small.close();
  }
});
