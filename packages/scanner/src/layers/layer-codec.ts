import { promisify } from 'node:util';
import { crc32, deflate, inflate } from 'node:zlib';
import type { LayerFacts } from './layer-facts.ts';

const deflateAsync = promisify(deflate);
const inflateAsync = promisify(inflate);

/** Goes up when the form of `LayerFacts` changes; part of every cache key. */
export const layerFormat = 2;

/** Largest value read from a cache, plain bytes: what the limits of a layer allow, written as JSON. */
const maxPlainBytes = 256 * 1024 * 1024;

/** The length of the JSON, and a checksum of the hashes, 4 bytes each. */
const headBytes = 8;

/**
 * Writes facts for a cache: a head, deflated JSON with zlib's checksum against damage, and the hashes as they are, which
 * are most of it and which no effort makes smaller.
 */
export async function encodeLayerFacts(facts: LayerFacts): Promise<Uint8Array> {
  const { nonFolders, ...rest } = facts;
  const hashes = Buffer.from(nonFolders.buffer, nonFolders.byteOffset, nonFolders.byteLength);
  const json = await deflateAsync(JSON.stringify(rest), { level: 3 });
  const head = Buffer.alloc(headBytes);
  head.writeUInt32LE(json.length, 0);
  head.writeUInt32LE(crc32(hashes), 4);
  return Buffer.concat([head, json, hashes]);
}

/** Reads what `encodeLayerFacts` wrote; undefined when the bytes are damaged. */
export async function decodeLayerFacts(bytes: Uint8Array): Promise<LayerFacts | undefined> {
  try {
    if (bytes.length < headBytes) return undefined;
    const head = Buffer.from(bytes.buffer, bytes.byteOffset, headBytes);
    const hashesAt = headBytes + head.readUInt32LE(0);
    const hashes = new Uint8Array(bytes.subarray(hashesAt));
    if (crc32(hashes) !== head.readUInt32LE(4)) return undefined;
    const json = bytes.subarray(headBytes, hashesAt);
    const plain = await inflateAsync(json, { maxOutputLength: maxPlainBytes });
    const rest = JSON.parse(plain.toString('utf8')) as Omit<LayerFacts, 'nonFolders'>;
    return { ...rest, nonFolders: new Float64Array(hashes.buffer) };
  } catch {
    return undefined;
  }
}
