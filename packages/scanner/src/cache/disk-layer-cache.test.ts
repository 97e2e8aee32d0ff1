import { mkdtemp, readdir, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openLayerCache } from './disk-layer-cache.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'layer-cache-'))));
afterEach(() => rm(folder, { recursive: true }));

const value = (bytes: number) => Buffer.alloc(bytes, 'v');

it('gives back what was written, also to another process', async () => {
  const one = await openLayerCache(join(folder, 'made/anew'), { maxBytes: 1_000 });
  const other = await openLayerCache(join(folder, 'made/anew'), { maxBytes: 1_000 });

  await one.write('key', value(10));

  expect(await other.read('key')).toEqual(value(10));
  expect(await one.read('other key')).toBeUndefined();
});

it('forgets first what was not used longest', async () => {
  const cache = await openLayerCache(folder, { maxBytes: 1_000 });
  for (const key of ['a', 'b', 'c']) await cache.write(key, value(300));
  // As if all had been used an hour ago, and one of them since.
  const anHourAgo = new Date(Date.now() - 3_600_000);
  for (const name of await readdir(folder)) await utimes(join(folder, name), anHourAgo, anHourAgo);
  await cache.read('a');

  await cache.write('d', value(300));

  expect(await cache.read('a')).toBeDefined();
  expect(await cache.read('d')).toBeDefined();
  expect([await cache.read('b'), await cache.read('c')].filter(Boolean)).toHaveLength(1);
});

it('stays below its size while two processes write into it', async () => {
  const caches = await Promise.all([1, 2].map(() => openLayerCache(folder, { maxBytes: 2_000 })));

  await Promise.all(
    caches.flatMap((cache, which) =>
      Array.from({ length: 40 }, (_, index) => cache.write(`${which} ${index}`, value(100))),
    ),
  );
  // Each looks through the folder when its own share is full; the next write of one that is over sees the whole.
  for (let index = 0; index < 20; index += 1) await caches[0]!.write(`last ${index}`, value(100));

  const sizes = await Promise.all(
    (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size),
  );
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(2_000);
});

it('removes leftovers of a killed process, and nothing that is not its own', async () => {
  const cache = await openLayerCache(folder, { maxBytes: 100 });
  const leftover = join(folder, `${'0'.repeat(64)}.${crypto.randomUUID()}.tmp`);
  await writeFile(leftover, 'half');
  await utimes(leftover, new Date(0), new Date(0));
  await writeFile(join(folder, 'precious.txt'), value(5_000));

  await cache.write('a', value(90));
  await cache.write('b', value(90));

  expect(await readdir(folder)).toContain('precious.txt');
  expect(await readdir(folder)).not.toContain(leftover.slice(folder.length + 1));
});

it('is no reason to fail when its folder is gone', async () => {
  const cache = await openLayerCache(join(folder, 'gone'), { maxBytes: 100 });
  await rm(join(folder, 'gone'), { recursive: true });

  await cache.write('a', value(10));

  expect(await cache.read('a')).toBeUndefined();
});

it('gives back a damaged entry as it is, for the reader to notice', async () => {
  const cache = await openLayerCache(folder, { maxBytes: 1_000 });
  await cache.write('a', value(100));
  const [name] = await readdir(folder);
  await truncate(join(folder, name!), 50);

  expect(await cache.read('a')).toEqual(value(50));
});
