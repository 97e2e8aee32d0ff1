import { randomBytes } from 'node:crypto';
import {
  estargz,
  paxHeader,
  rawTar,
  zstdChunked,
  type RawTarEntry,
  type SeekableLayer,
  type SeekableOptions,
  type TableEntry,
} from '@plimsoll/testkit';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixture } from '../analyzers/testing-read.ts';
import type { LayerFacts } from '../layers/layer-facts.ts';
import { readLayer } from '../layers/read-layer.ts';
import { defaultLayerLimits } from '../limits.ts';
import { contentsClaim } from './contents-claim.ts';
import { DoubtfulContents } from './doubtful-contents.ts';
import { partialLayer } from './partial-layer.ts';

const { signal } = new AbortController();
const digest = `sha256:${'0'.repeat(64)}`;

type Blob = Pick<SeekableLayer, 'bytes' | 'annotations'>;

const taskOf = ({ bytes }: Blob) => ({ sizeBytes: bytes.length, limits: defaultLayerLimits, linked: [] });

/** Facts by the table of contents, and how many bytes were fetched for them. */
async function readPart(blob: Blob, fetch = (bytes: Buffer) => bytes) {
  let fetched = 0;
  const layer = { digest, mediaType: 'x', sizeBytes: blob.bytes.length, annotations: blob.annotations };
  const claim = contentsClaim(layer);
  if (!claim) throw new DoubtfulContents('no claim');
  async function* readRange(start: number, end: number) {
    fetched += end - start;
    const part = fetch(blob.bytes.subarray(start, end));
    yield part.subarray(0, 7);
    yield part.subarray(7);
  }
  const facts = await readLayer(partialLayer(claim, taskOf(blob), readRange, signal), taskOf(blob));
  return { facts, fetched };
}

async function readWhole(blob: Blob): Promise<LayerFacts> {
  async function* pieces() {
    yield blob.bytes;
  }
  return readLayer(pieces(), taskOf(blob));
}

/** All but the hash of the table's own path, which eStargz keeps in the tar and does not list. */
function comparable({ nonFolders, ...facts }: LayerFacts) {
  return { ...facts, nonFolders: [...nonFolders].filter((hash) => hash !== tablePath) };
}
const tableOnly = await readWhole({ bytes: rawTar([{ name: 'stargz.index.json' }]), annotations: {} });
const tablePath = tableOnly.nonFolders[0];

const manifest = (name: string) => ({
  name: `app/node_modules/${name}/package.json`,
  body: JSON.stringify({ name, version: '1.0.0' }),
});
const ballast = (name: string, size = 20_000) => ({ name: `usr/share/${name}.bin`, body: randomBytes(size) });
const tar = rawTar([
  ballast('first'),
  { name: 'etc/', kind: '5' },
  { name: 'etc/os-release', body: 'ID=debian\n' },
  { name: 'etc/also', kind: '1', linkName: 'etc/os-release' },
  ballast('second'),
  manifest('ws'),
  { name: 'app/node_modules/.wh.old' },
  ballast('third'),
]);

describe.each([
  ['eStargz', estargz],
  ['zstd:chunked', zstdChunked],
])('a layer in %s', (_form, convert) => {
  it('tells the same by its table of contents as when it is read whole, for a part of the bytes', async () => {
    const layer = convert(tar);

    const { facts, fetched } = await readPart(layer);

    expect(comparable(facts)).toEqual(comparable(await readWhole(layer)));
    expect(facts.files.flatMap(([, { packages = [] }]) => packages)).toMatchObject([{ name: 'ws' }]);
    expect(fetched).toBeLessThan(layer.bytes.length / 4);
  });

  it('tells the same whatever is in it', async () => {
    const path = fc.constantFrom(
      'etc/os-release',
      'var/lib/dpkg/status',
      'app/node_modules/a/package.json',
      'app/node_modules',
      'usr/bin/program',
      'usr/share/x',
      'app/.wh.node_modules',
      'app/.wh..wh..opq',
      `long/${'n'.repeat(150)}/package.json`,
      'caf\u00e9/node_modules/b/package.json',
      './usr/../etc/os-release',
    );
    const body = fc.oneof(
      fc.constantFrom('', 'ID=debian\n', '{"name":"a","version":"1"}', '{"name":'),
      fc.constant(fixture('debian-12-status').toString()),
      fc.constant(Buffer.concat([fixture('go-1.26-program'), Buffer.alloc(300_000)])),
      fc.string({ maxLength: 5_000 }),
    );
    const entry = fc.oneof(
      fc.record({ name: path, body }),
      fc.record({ name: path, kind: fc.constantFrom('1', '2', '3', '5', '6'), linkName: path }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { maxLength: 12 }),
        fc.constantFrom(2_000, 65_536),
        async (entries, chunkBytes) => {
          const layer = convert(pax([...entries, ballast('more', 100_000)]), { chunkBytes });
          const whole = await readWhole(layer);
          const part = await readPart(layer).then(
            ({ facts }) => comparable(facts),
            (error: unknown) => (error as DoubtfulContents).message,
          );
          const doubts = ['Something in the layer will be warned of', 'Most of the layer is wanted'];
          expect([comparable(whole), ...doubts]).toContainEqual(part);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is doubted when a chunk is not what the table says', async () => {
    const layer = convert(tar);
    let parts = 0;
    const tampered = (bytes: Buffer) => {
      parts += 1;
      // The first parts are the table.
      if (parts <= (convert === estargz ? 2 : 1)) return bytes;
      const changed = Buffer.from(bytes);
      changed[12]! ^= 0x40;
      return changed;
    };

    await expect(readPart(layer, tampered)).rejects.toThrow(/digest|compressed|decompressed|ends/);
    expect(parts).toBeGreaterThan(1);
  });

  const withChange = (change: (entries: TableEntry[]) => TableEntry[], options: SeekableOptions = {}) =>
    convert(tar, { ...options, change });
  const ofRelease = (change: TableEntry) => (entries: TableEntry[]) =>
    entries.map((entry) => (entry['name'] === 'etc/os-release' ? { ...entry, ...change } : entry));

  it.each<[string, (entries: TableEntry[]) => TableEntry[]]>([
    ['no digest', ofRelease({ chunkDigest: 'none', digest: 'none' })],
    ['a size that is not that of its chunks', ofRelease({ size: 5, chunkSize: 10 })],
    ['a larger size than is stored', ofRelease({ size: 9_000 })],
    ['a place behind the table', ofRelease({ offset: 10_000_000 })],
    ['a place where nothing begins', ofRelease({ offset: 3 })],
    ['an absurd size', ofRelease({ size: 2 ** 60 })],
    ['a negative place', ofRelease({ offset: -1 })],
    ['an unknown type', ofRelease({ type: 'whiteout' })],
    ['files out of their order', (entries) => entries.toReversed()],
    ['a chunk without a file', (entries) => [{ type: 'chunk', name: 'x', offset: 0 }, ...entries]],
    ['a name with a NUL', ofRelease({ name: 'etc/os-release\0' })],
  ])('is doubted when its table has %s', async (_what, change) => {
    await expect(readPart(withChange(change))).rejects.toThrow(DoubtfulContents);
  });

  it('is doubted when the table is not the one of the manifest', async () => {
    const layer = convert(tar);
    const [key] = Object.keys(layer.annotations);
    const annotations = { ...layer.annotations, [key!]: digest };

    await expect(readPart({ ...layer, annotations })).rejects.toThrow('The table of contents is another one');
  });

  it('is not read by its table when most of it is wanted', async () => {
    const layer = convert(rawTar([manifest('a'), manifest('b')]));

    await expect(readPart(layer)).rejects.toThrow('Most of the layer is wanted');
  });

  it('is not read by its table when there will be warnings', async () => {
    const layer = convert(
      rawTar([{ name: 'node_modules/a/package.json', body: Buffer.alloc(40_000_000, ' ') }, ballast('more')]),
      { chunkBytes: 10_000_000 },
    );

    await expect(readPart(layer)).rejects.toThrow('Something in the layer will be warned of');
  });
});

// Made by the tools of those who specify the forms, see data/README.md.
it.each([
  [
    'estargz',
    {
      'containerd.io/snapshot/stargz/toc.digest':
        'sha256:8ed439da01c16e74c3418aded75d453464bec7e3d7ba6312fa53c5bd8d4c2118',
    },
  ],
  [
    'estargz-shared-units',
    {
      'containerd.io/snapshot/stargz/toc.digest':
        'sha256:7ef72a9f5b039b8fd98d3d9e02157ff00a8b1904395518e351a907e65543a4b9',
    },
  ],
  [
    'zstd-chunked',
    {
      'io.github.containers.zstd-chunked.manifest-checksum':
        'sha256:c2d2e6219992aea60fe5118b40f9605d0eee2bb5b70d91ec090b7985028755b9',
      'io.github.containers.zstd-chunked.manifest-position': '44582:1070:3989:1',
    },
  ],
])('reads %s of another tool as the whole layer', async (name, annotations) => {
  const layer = { bytes: fixture(`contents/${name}`), annotations };

  const { facts, fetched } = await readPart(layer);

  expect(comparable(facts)).toEqual(comparable(await readWhole(layer)));
  expect(facts.files.flatMap(([, { packages = [] }]) => packages).length).toBeGreaterThan(6);
  expect(fetched).toBeLessThan(layer.bytes.length / 2);
});

/** Every name in an extended header, which holds names of any length. */
function pax(entries: readonly RawTarEntry[]): Buffer {
  return rawTar(
    entries.flatMap((entry) => [
      paxHeader({ path: entry.name, ...(entry.linkName === undefined ? {} : { linkpath: entry.linkName }) }),
      { ...entry, name: 'x', linkName: entry.linkName === undefined ? '' : 'x' },
    ]),
  );
}
