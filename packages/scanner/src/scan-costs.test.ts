import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildImage, type BuiltImage } from '@plimsoll/testkit';
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openLayerCache } from './cache/disk-layer-cache.ts';
import type { LayerCache } from './cache/layer-cache.ts';
import { LayerReaders } from './layers/layer-readers.ts';
import { scanImage } from './scan-image.ts';
import { sourceOf } from './testing-image-source.ts';

// What scans cost, in things that can be counted; times are for `npm run bench -- scan`.

let dir: string;
let cacheDir: string;
let cache: LayerCache;
const readers = new LayerReaders({ threads: 2 });
const { signal } = new AbortController();

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'plimsoll-scan-costs-'));
  cacheDir = join(dir, 'cache');
  cache = await openLayerCache(cacheDir, { maxBytes: 10_000_000 });
  // Whoever wrote a temporary file would write it here.
  vi.stubEnv('TMPDIR', dir);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true });
});
afterAll(() => readers.close());

function layer(name: string) {
  return {
    files: [
      { path: `srv/node_modules/${name}/package.json`, content: JSON.stringify({ name, version: '1.0.0' }) },
      { path: `srv/${name}.bin`, content: name.repeat(100_000) },
    ],
  };
}

/** Images that share bases, each with one layer of its own. */
function buildFleet(bases: number, imagesPerBase: number): Promise<BuiltImage[]> {
  const images = [];
  for (let base = 0; base < bases; base += 1) {
    for (let own = 0; own < imagesPerBase; own += 1) {
      images.push(buildImage({ layers: [layer(`base-${base}`), layer(`own-${base}-${own}`)] }));
    }
  }
  return Promise.all(images);
}

it('reads each distinct layer of many images once, however many are scanned at a time', async () => {
  const sources = (await buildFleet(3, 4)).map(sourceOf);

  const inventories = await Promise.all(
    sources.map((source) => scanImage(source, { readers, cache }, signal)),
  );

  const opened = sources.flatMap((source) => source.opened);
  expect(opened).toHaveLength(3 + 12);
  expect(new Set(opened).size).toBe(3 + 12);
  expect(inventories.reduce((sum, { cost }) => sum + cost.layersRead, 0)).toBe(3 + 12);
  for (const { packages } of inventories) expect(packages).toHaveLength(2);
});

it('opens no layer of an image that it has scanned, also in another process', async () => {
  const [image] = await buildFleet(1, 1);
  await scanImage(sourceOf(image!), { readers, cache }, signal);
  const again = sourceOf(image!);
  const elsewhere = sourceOf(image!);
  const otherReaders = new LayerReaders({ threads: 1 });

  const warm = await scanImage(again, { readers, cache }, signal);
  await scanImage(elsewhere, { readers: otherReaders, cache }, signal);
  await otherReaders.close();

  expect(again.opened).toEqual([]);
  expect(elsewhere.opened).toEqual([]);
  expect(warm.cost).toMatchObject({ bytesPulled: 0, layersRead: 0, layersFromCache: 2 });
});

it('writes nothing but one cache entry per layer', async () => {
  const [image] = await buildFleet(1, 1);

  await scanImage(sourceOf(image!), { readers, cache }, signal);

  expect(await readdir(dir)).toEqual(['cache']);
  expect(await readdir(cacheDir)).toHaveLength(2);
});

it('keeps nothing of a layer between scans that have no cache', async () => {
  const [image] = await buildFleet(1, 1);
  const sources = [sourceOf(image!), sourceOf(image!)];

  for (const source of sources) await scanImage(source, { readers }, signal);

  for (const { opened } of sources) expect(opened).toHaveLength(2);
});
