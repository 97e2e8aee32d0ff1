import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import type { LayerFacts } from './layer-facts.ts';

const deflateAsync = promisify(deflate);
const inflateAsync = promisify(inflate);

/** Goes up when the form of `LayerFacts` changes; part of every cache key. */
export const layerFormat = 1;

/** Largest value read from a cache, plain bytes: what the limits of a layer allow, written as JSON. */
const maxPlainBytes = 256 * 1024 * 1024;

/** Writes facts for a cache: deflated JSON, with zlib's checksum against damage. */
export async function encodeLayerFacts(facts: LayerFacts): Promise<Uint8Array> {
  const { nonFolders, ...rest } = facts;
  const hashes = Buffer.from(nonFolders.buffer, nonFolders.byteOffset, nonFolders.byteLength).toString(
    'base64',
  );
  // Half of it are hashes, which no effort makes smaller.
  return deflateAsync(JSON.stringify({ ...rest, nonFolders: hashes }), { level: 3 });
}

/** Reads what `encodeLayerFacts` wrote; undefined when the bytes are damaged. */
export async function decodeLayerFacts(bytes: Uint8Array): Promise<LayerFacts | undefined> {
  try {
    const plain = await inflateAsync(bytes, { maxOutputLength: maxPlainBytes });
    const { nonFolders, ...rest } = JSON.parse(plain.toString('utf8')) as Omit<LayerFacts, 'nonFolders'> & {
      nonFolders: string;
    };
    const hashes = Buffer.from(nonFolders, 'base64');
    return { ...rest, nonFolders: new Float64Array(Uint8Array.from(hashes).buffer) };
  } catch {
    return undefined;
  }
}
