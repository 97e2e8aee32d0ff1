import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import { gzipEngine } from './gzip-members.ts';
import { LayerError } from './layer-error.ts';
import { streamingEngine } from './streaming-inflate.ts';
import { zstdEngine } from './zstd-frames.ts';

/** Turns stored bytes into plain bytes, piece by piece. Pieces are only valid until the next one is asked for. */
export interface Engine {
  /** @throws {LayerError} `layer-corrupt` when the bytes cannot be decompressed. */
  write(stored: Uint8Array): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** @throws {LayerError} `layer-truncated` when the stored bytes end too early. */
  end(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  close(): void;
}

/**
 * Largest zstd window accepted, as power of two: 32 MiB. Encoders use at most 8 MiB unless told `--ultra` or
 * `--long`; the window is memory that a hostile layer would make us allocate.
 */
const zstdWindowLog = 25;

/** Plain bytes per piece: fits the processor's second-level cache, and 16 times fewer calls than Node's default. */
export const pieceBytes = 256 * 1024;

/**
 * Chooses the engine by the first bytes, for media types lie: gzip (RFC 1952, several members too), zstd (RFC 8878)
 * or none. `head` holds at least four bytes unless the layer is shorter.
 */
export function openEngine(head: Uint8Array): Engine {
  if (isGzip(head)) {
    return gzipEngine(pieceBytes) ?? streamingEngine(() => createGunzip({ chunkSize: pieceBytes }));
  }
  if (isZstd(head)) {
    const params = { [constants.ZSTD_d_windowLogMax]: zstdWindowLog };
    const open = () => createZstdDecompress({ chunkSize: pieceBytes, params });
    return zstdEngine(open, pieceBytes) ?? streamingEngine(open);
  }
  const compression = otherCompressions.find(({ magic }) => startsWith(head, magic));
  if (compression) {
    throw new LayerError('layer-unsupported', `The layer is compressed with ${compression.name}`);
  }
  return plainEngine;
}

/** Whether the first bytes are those of a compression that is read. */
export function isCompressed(head: Uint8Array): boolean {
  return isGzip(head) || isZstd(head);
}

function isGzip(head: Uint8Array): boolean {
  return startsWith(head, [0x1f, 0x8b]);
}

function isZstd(head: Uint8Array): boolean {
  if (startsWith(head, [0x28, 0xb5, 0x2f, 0xfd])) return true;
  // A skippable frame may come first.
  const [low = 0, ...rest] = head.subarray(0, 4);
  return (low & 0xf0) === 0x50 && startsWith(Uint8Array.from(rest), [0x2a, 0x4d, 0x18]);
}

const otherCompressions = [
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68] },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58] },
  { name: 'lz4', magic: [0x04, 0x22, 0x4d, 0x18] },
];

const plainEngine: Engine = {
  write: (stored) => [stored],
  end: () => [],
  close: () => {},
};

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return bytes.length >= magic.length && magic.every((byte, index) => bytes[index] === byte);
}
