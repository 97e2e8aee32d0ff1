import { buildImage, type LayerFile } from '@plimsoll/testkit';
import { expect, it } from 'vitest';
import { scanImage } from '../scan-image.ts';
import { sourceOf } from '../testing-image-source.ts';

const installed = (name: string, version: string): LayerFile => ({
  path: `node_modules/${name}/package.json`,
  content: JSON.stringify({ name, version }),
});

async function scanLayers(layers: LayerFile[][], allLayers = true) {
  const image = await buildImage({ layers: layers.map((files) => ({ files })) });
  const { signal } = new AbortController();
  const { packages } = await scanImage(sourceOf(image), { allLayers, concurrency: 1 }, signal);
  const number = (digest?: string) => image.layers.findIndex((layer) => layer.digest === digest);
  return packages.map(({ name, version, layer, removedIn }) => [
    `${name}@${version}`,
    number(layer),
    number(removedIn),
  ]);
}

const upgraded = [
  [installed('a', '1.0.0'), installed('b', '1.0.0')],
  [installed('c', '1.0.0')],
  [installed('a', '2.0.0'), { path: 'node_modules/.wh.b' }],
];

it('lists packages that a later layer replaced or deleted, with both layers', async () => {
  expect(await scanLayers(upgraded)).toEqual([
    ['a@1.0.0', 0, 2],
    ['a@2.0.0', 2, -1],
    ['b@1.0.0', 0, 2],
    ['c@1.0.0', 1, -1],
  ]);
});

it('leaves them out unless asked', async () => {
  expect((await scanLayers(upgraded, false)).map(([name]) => name)).toEqual(['a@2.0.0', 'c@1.0.0']);
});

it('does not take for removed what comes back or lives on elsewhere', async () => {
  const elsewhere = { ...installed('a', '1.0.0'), path: 'app/node_modules/a/package.json' };
  expect(
    await scanLayers([
      [installed('a', '1.0.0'), installed('b', '1.0.0'), elsewhere],
      [{ path: '.wh.node_modules' }],
      [installed('b', '1.0.0')],
    ]),
  ).toEqual([
    ['a@1.0.0', 0, -1],
    ['b@1.0.0', 2, -1],
  ]);
});

it('names a purl once, whatever brought it', async () => {
  const twice = { ...installed('a', '1.0.0'), path: 'b/node_modules/a/package.json' };
  expect(
    await scanLayers([
      [installed('a', '1.0.0'), twice],
      [{ path: '.wh.node_modules' }, { path: '.wh.b' }],
    ]),
  ).toEqual([['a@1.0.0', 0, 1]]);
});
