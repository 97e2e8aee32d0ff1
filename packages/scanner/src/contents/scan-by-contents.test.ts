import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildImage, type BuiltImage, type LayerFile } from '@plimsoll/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLayerCache } from '../cache/disk-layer-cache.ts';
import type { ImageSource } from '../image-source.ts';
import { LayerReaders } from '../layers/layer-readers.ts';
import { scanImage, type ScanOptions } from '../scan-image.ts';
import { sourceOf } from '../testing-image-source.ts';

const readers = new LayerReaders({ threads: 1 });
const { signal } = new AbortController();
let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'by-contents-'))));
afterAll(async () => {
  await readers.close();
  await rm(folder, { recursive: true });
});

// The ballast makes the layer large enough for its table to be worth a request.
const files: LayerFile[] = [
  { path: 'etc/os-release', content: 'ID=debian\nVERSION_ID="12"\n' },
  { path: 'usr/share/ballast', content: randomBytes(1_500_000) },
  { path: 'app/node_modules/ws/package.json', content: '{"name":"ws","version":"8.17.0"}' },
  { path: 'app/link', type: 'link', target: 'etc/os-release' },
];
const imageIn = (mediaType: 'gzip' | 'estargz' | 'zstd-chunked') =>
  buildImage({ layers: [{ files, mediaType }] });

async function scan(source: ImageSource, options: ScanOptions = {}) {
  const { cost, ...inventory } = await scanImage(source, { readers, ...options }, signal);
  return { inventory, cost };
}

it.each(['estargz', 'zstd-chunked'] as const)(
  'makes the same inventory of an image in %s, and tells what it did not have to fetch',
  async (form) => {
    const image = await imageIn(form);
    const source = sourceOf(image);
    const whole = await scan(sourceOf(image), { byContents: false });

    const { inventory, cost } = await scan(source);

    expect(inventory).toEqual(whole.inventory);
    expect(inventory.packages).toMatchObject([{ name: 'ws' }]);
    expect(source.opened).toEqual([]);
    expect(cost).toMatchObject({ layersRead: 1, bytesPulled: source.rangeBytes });
    expect(cost.bytesPulled).toBeLessThan(10_000);
    expect(cost.bytesPulled + (cost.bytesAvoided ?? 0)).toBe(image.layers[0]?.bytes.length);
    expect(whole.cost).toMatchObject({ bytesPulled: image.layers[0]?.bytes.length, bytesAvoided: 0 });
  },
);

const changed = (bytes: Uint8Array) => Uint8Array.from(bytes, (byte) => byte ^ 1);
const faults: [string, (image: BuiltImage) => NonNullable<ImageSource['openRange']>][] = [
  [
    'refuses to send parts',
    () => () => {
      throw new Error('200 to a Range');
    },
  ],
  [
    'sends other bytes',
    (image) =>
      async function* (_layer, { start, end }) {
        yield changed(image.layers[0]!.bytes.subarray(start, end));
      },
  ],
  [
    'sends other bytes for the files only',
    (image) =>
      async function* (_layer, { start, end }) {
        const bytes = image.layers[0]!.bytes.subarray(start, end);
        yield start < 1_000_000 ? changed(bytes) : bytes;
      },
  ],
  ['sends nothing', () => async function* () {}],
];

it.each(faults)('reads the whole layer when the registry %s', async (_what, fault) => {
  const image = await imageIn('estargz');
  const source = { ...sourceOf(image), openRange: fault(image) };

  const { inventory, cost } = await scan(source);

  expect(inventory.packages).toMatchObject([{ name: 'ws' }]);
  expect(inventory.warnings).toEqual([]);
  expect(source.opened).toHaveLength(1);
  expect(cost).toMatchObject({ layersRead: 1, bytesAvoided: 0 });
});

it('reads a layer without a table whole', async () => {
  const source = sourceOf(await imageIn('gzip'));

  await scan(source);

  expect([source.opened.length, source.rangeBytes]).toEqual([1, 0]);
});

it('keeps what it was told by a table apart from what a digest proves', async () => {
  const cache = await openLayerCache(folder, { maxBytes: 10_000_000 });
  const image = await imageIn('estargz');
  const unclaimed: BuiltImage = {
    ...image,
    layers: image.layers.map(({ digest, mediaType, bytes }) => ({ digest, mediaType, bytes })),
  };

  await scan(sourceOf(image), { cache });
  const again = await scan(sourceOf(image), { cache });
  const other = await scan(sourceOf(unclaimed), { cache });
  const afterWhole = await scan(sourceOf(image), { cache });

  expect(again.cost).toMatchObject({ layersRead: 0, layersFromCache: 1, bytesPulled: 0 });
  expect(other.cost).toMatchObject({ layersRead: 1, layersFromCache: 0 });
  expect(afterWhole.cost).toMatchObject({ layersRead: 0, layersFromCache: 1 });
});
