import { createCipheriv, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { deflateRawSync } from 'node:zlib';
import { rawTar } from '@plimsoll/testkit';
import { packStream, type PackedLayer } from './pack-layer.ts';

const MiB = 1024 * 1024;

/**
 * One layer of so many bytes once compressed: packages with much data, as images of models and assets have it. Half of
 * the data cannot be compressed, half is text.
 */
export function packLargeLayer(blobs: string, sizeBytes: number): Promise<PackedLayer> {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16, 2));
  const level = 1;
  const packedBytes = 4 * MiB + deflateRawSync(text(0, 4 * MiB), { level }).length;
  function* tar() {
    for (let index = 0; (index + 1) * packedBytes <= sizeBytes; index += 1) {
      const folder = `srv/data/${String(index).padStart(5, '0')}`;
      const manifest = JSON.stringify({ name: `data-${index}`, version: `1.${index}.0` });
      yield file(`${folder}/node_modules/data-${index}/package.json`, Buffer.from(manifest));
      yield file(`${folder}/weights.bin`, cipher.update(Buffer.alloc(4 * MiB)));
      yield file(`${folder}/words.txt`, text(index, 4 * MiB));
    }
    yield Buffer.alloc(1024);
  }
  return packStream(blobs, Readable.from(tar()), level);
}

/** A small layer that no other image has: what a deployment adds to its base. */
export function packOwnLayer(blobs: string, name: string): Promise<PackedLayer> {
  function* tar() {
    const manifest = JSON.stringify({ name, version: '1.0.0' });
    yield file(`srv/${name}/node_modules/${name}/package.json`, Buffer.from(manifest));
    yield file(`srv/${name}/bundle.js`, text(name.length, MiB));
    yield file(`srv/${name}/assets.bin`, randomBytes(MiB));
    yield Buffer.alloc(1024);
  }
  return packStream(blobs, Readable.from(tar()));
}

const file = (name: string, body: Buffer) => rawTar([{ name, body }], { isEnded: false });

/** Lines that differ, so that they compress as text does and not as zeros do. */
function text(seed: number, bytes: number): Buffer {
  const words = 'layer image package scan registry digest manifest version broker agent tunnel'.split(' ');
  let state = seed + 1;
  let line = '';
  for (let index = 0; index < 4_000; index += 1) {
    state = Math.imul(state, 1_103_515_245) + 12_345;
    line += `${words[(state >>> 16) % words.length]}${state & 0xff} `;
  }
  return Buffer.alloc(bytes, line);
}
