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

const { signal } = new AbortController();
const forms = [
  { form: 'eStargz', convert: estargz },
  { form: 'zstd:chunked', convert: zstdChunked },
];

/** Reads a layer by its table of contents; undefined where that is doubtful. */
async function readByContents(bytes: Buffer, annotations: Readonly<Record<string, string>>) {
  const sizeBytes = bytes.length;
  const claim = contentsClaim({ digest: '', mediaType: '', sizeBytes, annotations });
  const task = { sizeBytes, limits: defaultLayerLimits, linked: [] };
  async function* readRange(start: number, end: number) {
    if (!(start >= 0 && start <= end && end <= sizeBytes)) throw new Error(`range ${start} to ${end}`);
    yield await Promise.resolve(bytes.subarray(start, end));
  }
  try {
    return claim && (await readLayer(partialLayer(claim, task, readRange, signal), task));
  } catch (error) {
    if (error instanceof DoubtfulContents || error instanceof LayerError) return undefined;
    throw error;
  }
}

/** Tables of contents that a manifest vouches for, whatever they say. */
const tables: readonly FuzzTarget[] = forms.map(({ form, convert }) => {
  let table: Buffer = Buffer.alloc(0);
  convert(tar, { chunkBytes: 3_000, rewrite: (json) => (table = json) });
  return {
    id: `layer contents ${form}`,
    weight: 4,
    seeds: [table],
    async run(bytes) {
      const layer = convert(tar, { chunkBytes: 3_000, rewrite: () => bytes });
      return (await readByContents(layer.bytes, layer.annotations)) !== undefined;
    },
  };
});

/** Layers that are not what the manifest vouches for: what is told of them all the same is what the right one holds. */
const blobs: readonly FuzzTarget[] = await Promise.all(
  forms.map(async ({ form, convert }) => {
    const { bytes: original, annotations } = convert(tar, { chunkBytes: 3_000 });
    const told = JSON.stringify((await readByContents(original, annotations))?.files);
    return {
      id: `layer by contents ${form}`,
      weight: 4,
      seeds: [original],
      async run(bytes: Buffer) {
        const facts = await readByContents(bytes, annotations);
        if (facts && JSON.stringify(facts.files) !== told) throw new Error('another content');
        return facts !== undefined;
      },
    };
  }),
);

/** For tests: layers with a table of contents. */
export const contentsTargets: readonly FuzzTarget[] = [...tables, ...blobs];
