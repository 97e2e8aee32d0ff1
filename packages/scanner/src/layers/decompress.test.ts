import { randomBytes } from 'node:crypto';
import { createGunzip, createZstdDecompress, deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib';
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

describe('a gzip member', () => {
  const body = deflateRawSync(plain);
  const header = (flags: number) => Buffer.from([0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 0, 3]);
  const trailer = (length: number) => {
    const bytes = Buffer.alloc(8, 0x5a);
    bytes.writeUInt32LE(length, 4);
    return bytes;
  };
  const named = Buffer.from('layer.tar\0said by nobody\0', 'latin1');
  const extra = Buffer.concat([Buffer.from([5, 1]), Buffer.alloc(5 + 256)]);

  it('with every optional part in its header is read however it is cut', async () => {
    const stored = Buffer.concat([header(0x1f), extra, named, Buffer.alloc(2), body, trailer(plain.length)]);

    for (const chunkBytes of [1, 7, stored.length]) {
      expect(plain.equals((await run(openEngine(stored), stored, chunkBytes)) as Buffer)).toBe(true);
    }
  });

  it('may be followed by zeros, and by nothing else that is no member', async () => {
    const member = gzipSync(plain);

    for (const chunkBytes of [1_000, member.length, member.length + 512]) {
      const filled = Buffer.concat([member, Buffer.alloc(512)]);
      expect(plain.equals((await run(openEngine(filled), filled, chunkBytes)) as Buffer)).toBe(true);
      const dirty = Buffer.concat([member, Buffer.from('what is this')]);
      expect(await run(openEngine(dirty), dirty, chunkBytes)).toBe('layer-corrupt');
    }
  });

  it('that says another length than it has is corrupt', async () => {
    const stored = Buffer.concat([header(0), body, trailer(plain.length - 1)]);

    expect(await run(openEngine(stored), stored, 1_000)).toBe('layer-corrupt');
  });

  it('that is cut anywhere is truncated', async () => {
    const small = deflateRawSync(Buffer.from('a layer'));
    const stored = Buffer.concat([header(0x1f), extra, named, Buffer.alloc(2), small, trailer(7)]);

    for (let length = 4; length < stored.length; length += 1) {
      const cut = stored.subarray(0, length);
      expect(await run(openEngine(cut), cut, 5)).toBe('layer-truncated');
    }
  });

  it('whose header has no end, or says what nobody knows, is corrupt', async () => {
    const endless = Buffer.concat([header(8), Buffer.alloc(200_000, 'x')]);
    expect(await run(openEngine(endless), endless, 1_000)).toBe('layer-corrupt');

    for (const odd of [header(0x20), Buffer.from([0x1f, 0x8b, 7, 0, 0, 0, 0, 0, 0, 3])]) {
      expect(await run(openEngine(odd), Buffer.concat([odd, body]), 1_000)).toBe('layer-corrupt');
    }
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
