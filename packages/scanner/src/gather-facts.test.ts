import { buildImage, type LayerFile } from '@plimsoll/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import type { ImageSource } from './image-source.ts';
import { LayerReaders } from './layers/layer-readers.ts';
import { scanImage } from './scan-image.ts';
import { sourceOf } from './testing-image-source.ts';

const readers = new LayerReaders({ threads: 2 });
afterAll(() => readers.close());

function scan(source: ImageSource, signal = new AbortController().signal) {
  return scanImage(source, { readers }, signal);
}

const installed = (name: string): LayerFile => ({
  path: `node_modules/${name}/package.json`,
  content: JSON.stringify({ name, version: '1.0.0' }),
});

describe('two scans at once that share layers', () => {
  const image = buildImage({
    layers: [{ files: [installed('a')] }, { files: [installed('b')] }],
  });

  it('read each layer once between them', async () => {
    const sources = [sourceOf(await image), sourceOf(await image), sourceOf(await image)];

    const inventories = await Promise.all(sources.map((source) => scan(source)));

    expect(sources.flatMap(({ opened }) => opened)).toHaveLength(2);
    expect(new Set(inventories.map(({ packages }) => JSON.stringify(packages))).size).toBe(1);
    expect(inventories.reduce((sum, { cost }) => sum + cost.layersRead, 0)).toBe(2);
  });

  it('do not end with each other: when the one that reads is cancelled, the other reads on', async () => {
    const stop = new AbortController();
    const reading = Promise.withResolvers<void>();
    const silent: ImageSource = {
      ...sourceOf(await image),
      async *openLayer(_layer, signal) {
        yield Buffer.from([0x1f]);
        reading.resolve();
        await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        });
      },
    };
    const first = scan(silent, stop.signal);
    await reading.promise;
    const second = scan(sourceOf(await image));
    stop.abort();

    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
    expect((await second).packages).toHaveLength(2);
  });

  it('fail each for itself', async () => {
    const failing: ImageSource = {
      ...sourceOf(await image),
      async *openLayer() {
        yield await Promise.reject<Uint8Array>(new Error('no access'));
      },
    };
    const [refused, allowed] = await Promise.allSettled([scan(failing), scan(sourceOf(await image))]);

    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'source' } });
    expect(allowed).toMatchObject({ status: 'fulfilled', value: { packages: { length: 2 } } });
  });
});
