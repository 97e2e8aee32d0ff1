import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** A gzip layer as its image's documents tell of it; `tarBytes` is its size unpacked. */
export type PackedLayer = {
  readonly digest: string;
  readonly diffId: string;
  readonly sizeBytes: number;
  readonly tarBytes: number;
};

/** Packs a folder with GNU tar. Fixed owners, order and times: the same files give the same layer. */
export function packFolder(blobs: string, folder: string, subfolder = '.'): Promise<PackedLayer> {
  return packTar(blobs, ['--sort=name', '-C', folder, subfolder]);
}

/** Packs what GNU tar makes of these arguments into the blobs folder of an OCI layout. */
export async function packTar(
  blobs: string,
  tarArguments: readonly string[],
  level?: number,
): Promise<PackedLayer> {
  const options = '--create --numeric-owner --owner=0 --group=0 --mtime=@0 --ignore-failed-read'.split(' ');
  const tar = spawn('tar', [...options, ...tarArguments], { stdio: ['ignore', 'pipe', 'ignore'] });
  const exit = once(tar, 'exit');
  const layer = await packStream(blobs, tar.stdout, level);
  const [code] = (await exit) as [number | null];
  // 1: a file changed while it was read, which does no harm here.
  if (code !== 0 && code !== 1) throw new Error(`tar ended with ${code}`);
  return layer;
}

/** Packs a tar as it comes. */
export async function packStream(blobs: string, tar: Readable, level?: number): Promise<PackedLayer> {
  const packed = join(blobs, `packing-${randomUUID()}`);
  const tarHash = new Counter();
  const blobHash = new Counter();
  const gzip = createGzip(level === undefined ? {} : { level });
  await pipeline(tar, tarHash.tap, gzip, blobHash.tap, createWriteStream(packed));
  const digest = blobHash.digest();
  await rename(packed, join(blobs, digest.slice('sha256:'.length)));
  return { digest, diffId: tarHash.digest(), sizeBytes: blobHash.bytes, tarBytes: tarHash.bytes };
}

/** Hashes and counts what flows through. */
class Counter {
  bytes = 0;
  readonly #hash = createHash('sha256');

  readonly tap = async function* (this: Counter, source: Readable) {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      this.#hash.update(chunk);
      this.bytes += chunk.length;
      yield chunk;
    }
  }.bind(this);

  digest(): string {
    return `sha256:${this.#hash.digest('hex')}`;
  }
}
