import { createCipheriv } from 'node:crypto';
import { estargz, rawTar, zstdChunked } from '@plimsoll/testkit';
import { contentsClaim } from '../contents/contents-claim.ts';
import { DoubtfulContents } from '../contents/doubtful-contents.ts';
import { partialLayer } from '../contents/partial-layer.ts';
import { LayerError } from '../layers/layer-error.ts';
import { readLayer } from '../layers/read-layer.ts';
import { defaultLayerLimits } from '../limits.ts';
import type { FuzzTarget } from './testing-fuzz.ts';

/** The same noise every time, so that a seed gives the same inputs. */
const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(8_000));

const tar = rawTar([
  { name: 'etc/os-release', body: 'ID=debian\n' },
  { name: 'ballast', body: noise },
  { name: 'node_modules/a/package.json', body: '{"name":"a","version":"1"}' },
  { name: 'etc/link', kind: '2', linkName: 'os-release' },
]);

/** For tests: tables of contents that a manifest vouches for, whatever they say. */
export const contentsTargets: readonly FuzzTarget[] = [
  { form: 'eStargz', convert: estargz },
  { form: 'zstd:chunked', convert: zstdChunked },
].map(({ form, convert }) => {
  let table: Buffer = Buffer.alloc(0);
  convert(tar, { chunkBytes: 3_000, rewrite: (json) => (table = json) });
  return {
    id: `layer contents ${form}`,
    weight: 4,
    seeds: [table],
    async run(bytes) {
      const layer = convert(tar, { chunkBytes: 3_000, rewrite: () => bytes });
      const sizeBytes = layer.bytes.length;
      const claim = contentsClaim({ digest: '', mediaType: '', sizeBytes, annotations: layer.annotations });
      const task = { sizeBytes, limits: defaultLayerLimits, linked: [] };
      async function* readRange(start: number, end: number) {
        if (!(start >= 0 && start <= end && end <= sizeBytes)) throw new Error(`range ${start} to ${end}`);
        yield await Promise.resolve(layer.bytes.subarray(start, end));
      }
      try {
        await readLayer(partialLayer(claim!, task, readRange, new AbortController().signal), task);
        return true;
      } catch (error) {
        if (error instanceof DoubtfulContents || error instanceof LayerError) return false;
        throw error;
      }
    },
  };
});
