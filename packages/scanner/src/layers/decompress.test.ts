import { randomBytes } from 'node:crypto';
import { createGunzip, createZstdDecompress, gzipSync, zstdCompressSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openEngine, pieceBytes, type Engine } from './decompress.ts';
import { LayerError } from './layer-error.ts';
import { streamingEngine } from './streaming-inflate.ts';

async function run(engine: Engine, stored: Uint8Array, chunkBytes: number): Promise<Buffer | string> {
  const pieces: Buffer[] = [];
  try {
    for (let offset = 0; offset < stored.length; offset += chunkBytes) {
      for await (const piece of engine.write(stored.subarray(offset, offset + chunkBytes))) {
        pieces.push(Buffer.from(piece));
      }
    }
    for await (const piece of engine.end()) pieces.push(Buffer.from(piece));
    return Buffer.concat(pieces);
  } catch (error) {
    if (error instanceof LayerError) return error.code;
    throw error;
  } finally {
    engine.close();
  }
}

// Twice what one piece holds, half of it random: several pieces out of one chunk, and several chunks.
const plain = Buffer.concat([Buffer.alloc(pieceBytes, 'plimsoll '), randomBytes(pieceBytes)]);

const kinds = [
  ['gzip', gzipSync(plain), (): Engine => streamingEngine(() => createGunzip())],
  ['zstd', zstdCompressSync(plain), (): Engine => streamingEngine(() => createZstdDecompress())],
] as const;

describe.each(kinds)('%s', (kind, stored, openStreaming) => {
  it.each([
    ['in this thread', () => openEngine(stored)],
    ['by a stream', openStreaming],
  ])('is decompressed %s however it is cut', async (_name, open) => {
    for (const chunkBytes of [1_000, 65_536, stored.length]) {
      const unpacked = await run(open(), stored, chunkBytes);
      expect(plain.equals(unpacked as Buffer)).toBe(true);
    }
  });

  it.each([
    ['in this thread', () => openEngine(stored)],
    ['by a stream', openStreaming],
  ])('that is cut or damaged is named %s', async (_name, open) => {
    expect(await run(open(), stored.subarray(0, -10), 65_536)).toBe('layer-truncated');
    const damaged = Buffer.from(stored);
    damaged.fill(0xff, 20, 60);
    expect(await run(open(), damaged, 65_536)).toBe('layer-corrupt');
  });

  it('of several members is read to its end', async () => {
    const twice = Buffer.concat([stored, stored]);
    for (const chunkBytes of [1_000, stored.length, twice.length]) {
      const unpacked = (await run(openEngine(twice), twice, chunkBytes)) as Buffer;
      expect(unpacked.length).toBe(2 * plain.length);
    }
  });

  it('never does more than throw its own error when it is mutated', async () => {
    const small =
      kind === 'gzip' ? gzipSync('hello '.repeat(500)) : zstdCompressSync(Buffer.from('hello '.repeat(500)));
    await fc.assert(
      fc.asyncProperty(
        fc.nat(small.length - 1),
        fc.nat(255),
        fc.nat(small.length),
        async (at, value, length) => {
          const changed = Buffer.from(small);
          changed[at] = value;
          const stored = changed.subarray(0, length);
          const outcome = isKnown(stored) ? await run(openEngine(stored), stored, 64) : 'unknown';
          expect(outcome).toBeDefined();
        },
      ),
      { numRuns: 300 },
    );
  });
});

it('leaves bytes alone that are not compressed', async () => {
  expect(await run(openEngine(Buffer.from('plain')), Buffer.from('plain'), 2)).toEqual(Buffer.from('plain'));
});

it('reads zstd that begins with a skippable frame', async () => {
  const stored = Buffer.concat([
    Buffer.from([0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9]),
    zstdCompressSync(plain),
  ]);

  expect(plain.equals((await run(openEngine(stored), stored, 7)) as Buffer)).toBe(true);
});

it('names a compression that is not read', () => {
  expect(() => openEngine(Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a]))).toThrow('compressed with xz');
});

function isKnown(stored: Uint8Array): boolean {
  try {
    openEngine(stored).close();
    return true;
  } catch {
    return false;
  }
}
