import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Inventory } from '@plimsoll/contracts';
import { buildImage, type ImageSpec, type LayerFile, rawTar } from '@plimsoll/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { openLayerCache } from './cache/disk-layer-cache.ts';
import type { ImageSource } from './image-source.ts';
import { LayerReaders } from './layers/layer-readers.ts';
import { scanImage, type ScanOptions } from './scan-image.ts';
import { sourceOf } from './testing-image-source.ts';

const readers = new LayerReaders({ threads: 2 });
afterAll(() => readers.close());

async function scan(source: ImageSource, options: ScanOptions = {}, signal = new AbortController().signal) {
  const inventory = await scanImage(source, { readers, ...options }, signal);
  // What leaves the scanner is what the contract says.
  expect(Inventory.parse(inventory)).toEqual(inventory);
  return inventory;
}

async function scanLayers(layers: LayerFile[][], config: ImageSpec['config'] = {}) {
  const image = await buildImage({ layers: layers.map((files) => ({ files })), config });
  return { image, inventory: await scan(sourceOf(image)) };
}

const osRelease = {
  path: 'etc/os-release',
  content: 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12"\n',
};
const status = (...packages: string[]): LayerFile => ({
  path: 'var/lib/dpkg/status',
  content: packages
    .map((text) => text.split('@'))
    .map(
      ([name, version]) =>
        `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`,
    )
    .join('\n'),
});
const installed = (folder: string, name: string, version: string): LayerFile => ({
  path: `${folder}/${name}/package.json`,
  content: JSON.stringify({ name, version }),
});

it('tells operating system, packages, layers and config of an image', async () => {
  const { image, inventory } = await scanLayers(
    [
      [osRelease, status('bash@5.2', 'libstdc++6@1:12+b1')],
      [
        status('bash@5.2', 'curl@7', 'libstdc++6@1:12+b1'),
        installed('app/node_modules', '@babel/core', '7.24.0'),
      ],
    ],
    {
      created: '2026-01-01T00:00:00Z',
      config: {
        User: 'app',
        Entrypoint: ['/bin/app'],
        Cmd: ['--serve'],
        ExposedPorts: { '80/tcp': {} },
        Labels: { a: 'b' },
      },
      history: [
        { created_by: 'ADD rootfs' },
        { created_by: 'ENV A=B', empty_layer: true },
        { created_by: 'RUN install' },
      ],
    },
  );

  const [base, app] = image.layers.map(({ digest }) => digest);
  expect(inventory.os).toEqual({ id: 'debian', versionId: '12', prettyName: 'Debian GNU/Linux 12' });
  expect(inventory.packages.map(({ purl, layer, locations }) => [purl, layer, locations])).toEqual([
    [
      'pkg:deb/debian/bash@5.2?arch=amd64&distro=debian-12',
      base,
      [{ path: 'var/lib/dpkg/status', layer: app }],
    ],
    ['pkg:deb/debian/curl@7?arch=amd64&distro=debian-12', app, [{ path: 'var/lib/dpkg/status', layer: app }]],
    [
      'pkg:deb/debian/libstdc%2B%2B6@1:12+b1?arch=amd64&distro=debian-12',
      base,
      [{ path: 'var/lib/dpkg/status', layer: app }],
    ],
    [
      'pkg:npm/%40babel/core@7.24.0',
      app,
      [{ path: 'app/node_modules/@babel/core/package.json', layer: app }],
    ],
  ]);
  expect(inventory.layers.map(({ createdBy }) => createdBy)).toEqual(['ADD rootfs', 'RUN install']);
  expect(inventory.layers[0]?.diffId).toMatch(/^sha256:/);
  expect(inventory.config).toEqual({
    created: '2026-01-01T00:00:00Z',
    user: 'app',
    entrypoint: ['/bin/app'],
    cmd: ['--serve'],
    exposedPorts: ['80/tcp'],
    labels: { a: 'b' },
  });
  expect(inventory.warnings).toEqual([]);
  expect(inventory.cost).toMatchObject({ layersRead: 2, layersFromCache: 0 });
});

it('lists a package at several places once, at the layer that brought it first', async () => {
  const { image, inventory } = await scanLayers([
    [installed('a/node_modules', 'ws', '8.0.0')],
    [installed('b/node_modules', 'ws', '8.0.0')],
  ]);

  expect(inventory.packages).toMatchObject([
    {
      purl: 'pkg:npm/ws@8.0.0',
      layer: image.layers[0]?.digest,
      locations: [{ path: 'a/node_modules/ws/package.json' }, { path: 'b/node_modules/ws/package.json' }],
    },
  ]);
});

describe('ownership', () => {
  const list: LayerFile = {
    path: 'var/lib/dpkg/info/node-ws.list',
    content: '/.\n/usr/lib/node_modules/ws/package.json\n',
  };

  it('marks a package whose file an operating-system package brought', async () => {
    const { inventory } = await scanLayers([
      [osRelease, status('node-ws@8'), list, installed('usr/lib/node_modules', 'ws', '8.0.0')],
    ]);

    expect(inventory.packages).toMatchObject([{ type: 'deb' }, { type: 'npm', ownedBy: 'node-ws' }]);
  });

  it('does not mark it when the application has a copy of its own', async () => {
    const { inventory } = await scanLayers([
      [list, installed('usr/lib/node_modules', 'ws', '8.0.0'), installed('app/node_modules', 'ws', '8.0.0')],
    ]);

    expect(inventory.packages[0]).not.toHaveProperty('ownedBy');
  });

  it('ends when the operating-system package is removed', async () => {
    const { inventory } = await scanLayers([
      [list, installed('usr/lib/node_modules', 'ws', '8.0.0')],
      [{ path: 'var/lib/dpkg/info/.wh.node-ws.list' }],
    ]);

    expect(inventory.packages[0]).not.toHaveProperty('ownedBy');
  });

  it('sees through the move of /lib to /usr/lib', async () => {
    const { inventory } = await scanLayers([
      [
        { path: 'var/lib/dpkg/info/x.list', content: '/lib/node_modules/ws/package.json\n' },
        installed('usr/lib/node_modules', 'ws', '8.0.0'),
      ],
    ]);

    expect(inventory.packages).toMatchObject([{ ownedBy: 'x' }]);
  });
});

describe('lockfiles', () => {
  const lockfile: LayerFile = {
    path: 'app/package-lock.json',
    content:
      '{"lockfileVersion":3,"packages":{"node_modules/ws":{"version":"8.0.0"},"node_modules/gone":{"version":"1.0.0"}}}',
  };

  it('count where nothing is installed beside them', async () => {
    const { inventory } = await scanLayers([[lockfile, installed('other/node_modules', 'x', '1.0.0')]]);

    expect(inventory.packages.map(({ name, evidence }) => [name, evidence])).toEqual([
      ['gone', 'declared'],
      ['ws', 'declared'],
      ['x', 'installed'],
    ]);
  });

  it('give way to what is installed beside them, also in a later layer', async () => {
    const { inventory } = await scanLayers([[lockfile], [installed('app/node_modules', 'ws', '8.0.1')]]);

    expect(inventory.packages).toMatchObject([{ name: 'ws', version: '8.0.1', evidence: 'installed' }]);
  });

  it('of another project make no package less than installed', async () => {
    const { inventory } = await scanLayers([[lockfile, installed('other/node_modules', 'ws', '8.0.0')]]);

    expect(inventory.packages.find(({ name }) => name === 'ws')).toMatchObject({ evidence: 'installed' });
  });
});

describe('links', () => {
  it('to a database elsewhere are followed, folder by folder', async () => {
    const { inventory } = await scanLayers([
      [
        osRelease,
        { path: 'data/dpkg/status', content: status('bash@5.2').content! },
        { path: 'var/lib/dpkg', type: 'symlink', target: '../../data/dpkg' },
      ],
    ]);

    expect(inventory.packages).toMatchObject([{ name: 'bash', locations: [{ path: 'data/dpkg/status' }] }]);
    expect(inventory.cost.layersRead).toBe(2);
  });

  it('to a place that is read anyway cost no second reading', async () => {
    const { inventory } = await scanLayers([
      [
        { path: 'usr/lib/os-release', content: 'ID=wolfi\n' },
        { path: 'etc/os-release', type: 'symlink', target: '../usr/lib/os-release' },
        { path: 'lib', type: 'symlink', target: 'usr/lib' },
        { path: 'usr/lib/apk/db/installed', content: 'P:musl\nV:1.2.5-r0\n\n' },
      ],
    ]);

    expect(inventory.packages).toMatchObject([{ purl: 'pkg:apk/wolfi/musl@1.2.5-r0?distro=wolfi' }]);
    expect(inventory.cost.layersRead).toBe(1);
  });

  it('that lead in a circle or nowhere are given up', async () => {
    const { inventory } = await scanLayers([
      [
        { path: 'var/lib/dpkg', type: 'symlink', target: 'dpkg' },
        { path: 'etc/os-release', type: 'symlink', target: '/nix/nowhere' },
      ],
    ]);

    expect(inventory).toMatchObject({ os: null, packages: [] });
    expect(inventory.warnings.map(({ code }) => code)).toEqual(['link-unresolved']);
  });
});

it('names layers that it cannot read and reports the others', async () => {
  const image = await buildImage({
    layers: [
      { files: [installed('node_modules', 'a', '1.0.0')] },
      {
        tar: rawTar([{ name: 'node_modules/b/package.json', body: '{"name":"b","version":"1"}' }], {
          isEnded: false,
        }),
      },
      { tar: Buffer.alloc(2_000, 'x') },
    ],
  });
  const source = sourceOf(image);
  const foreign = {
    digest: `sha256:${'f'.repeat(64)}`,
    mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
    sizeBytes: 5,
  };
  const unknown = {
    digest: `sha256:${'e'.repeat(64)}`,
    mediaType: 'application/vnd.in-toto+json',
    sizeBytes: 5,
  };
  const withMore: ImageSource = {
    ...source,
    describe: async (signal) => {
      const described = await source.describe(signal);
      return { ...described, layers: [...described.layers, foreign, unknown] };
    },
  };

  const inventory = await scan(withMore);

  expect(inventory.packages.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(inventory.warnings.map(({ code, layer }) => [code, layer])).toEqual([
    ['layer-truncated', image.layers[1]?.digest],
    ['layer-corrupt', image.layers[2]?.digest],
    ['layer-unsupported', foreign.digest],
    ['layer-unsupported', unknown.digest],
  ]);
  expect(source.opened).not.toContain(foreign.digest);
});

it('tells the annotations of the manifest, cut to what an inventory takes', async () => {
  const source = sourceOf(await buildImage({ layers: [{ files: [status('a@1')] }] }));
  const annotations = {
    'org.opencontainers.image.base.name': 'docker.io/library/debian:12',
    long: 'x'.repeat(10_000),
    ['k'.repeat(300)]: 'key too long',
  };
  const { annotations: told } = await scan({
    ...source,
    describe: async (signal) => ({ ...(await source.describe(signal)), annotations }),
  });

  expect(told).toEqual({
    'org.opencontainers.image.base.name': 'docker.io/library/debian:12',
    long: 'x'.repeat(4_096),
  });
});

it('reads a layer once that an image has twice', async () => {
  const files = [installed('node_modules', 'a', '1.0.0')];
  const image = await buildImage({
    layers: [{ files }, { files: [{ path: 'node_modules/.wh.a' }] }, { files }],
  });
  const source = sourceOf(image);

  const { packages } = await scan(source);

  expect(packages).toMatchObject([{ name: 'a' }]);
  expect(source.opened).toHaveLength(2);
});

describe('cache', () => {
  async function withFolder(run: (folder: string) => Promise<void>) {
    const folder = await mkdtemp(join(tmpdir(), 'scan-cache-'));
    await run(folder).finally(() => rm(folder, { recursive: true }));
  }

  it('answers a second scan without opening a layer', () =>
    withFolder(async (folder) => {
      const image = await buildImage({
        layers: [{ files: [osRelease, status('a@1')] }, { files: [status('a@1', 'b@1'), { path: 'x' }] }],
      });
      const first = await scan(sourceOf(image), { cache: await openLayerCache(folder, { maxBytes: 1e6 }) });
      const source = sourceOf(image);
      const second = await scan(source, { cache: await openLayerCache(folder, { maxBytes: 1e6 }) });

      expect(source.opened).toEqual([]);
      expect(second.cost).toMatchObject({ bytesPulled: 0, layersRead: 0, layersFromCache: 2 });
      expect({ ...second, cost: first.cost }).toEqual(first);
    }));

  it('knows an image that was scanned before, by its digest and how it is scanned', () =>
    withFolder(async (folder) => {
      const cache = await openLayerCache(folder, { maxBytes: 1e6 });
      const image = await buildImage({ layers: [{ files: [status('a@1')] }, { files: [status('a@2')] }] });
      const first = await scan(sourceOf(image), { cache });

      const { cost, ...second } = await scan(sourceOf(image), { cache });
      const allLayers = await scan(sourceOf(image), { cache, allLayers: true });

      expect(second).toEqual({ ...first, cost: undefined });
      expect(cost).toMatchObject({ bytesPulled: 0, layersRead: 0, layersFromCache: 2 });
      expect(allLayers.packages.map(({ version }) => version)).toEqual(['1', '2']);
    }));

  it('is read anew where an entry is damaged', () =>
    withFolder(async (folder) => {
      const open = () => openLayerCache(folder, { maxBytes: 1e6 });
      const image = await buildImage({ layers: [{ files: [status('a@1')] }] });
      await scan(sourceOf(image), { cache: await open() });
      for (const name of await readdir(folder)) await writeFile(join(folder, name), 'damaged');

      const { packages, cost } = await scan(sourceOf(image), { cache: await open() });

      expect(packages).toHaveLength(1);
      expect(cost.layersRead).toBe(1);
      expect((await scan(sourceOf(image), { cache: await open() })).cost.layersFromCache).toBe(1);
    }));

  it('keeps nothing of a layer whose stream failed', () =>
    withFolder(async (folder) => {
      const image = await buildImage({ layers: [{ files: [status('a@1')] }] });
      const source = sourceOf(image);
      const lying: ImageSource = {
        ...source,
        async *openLayer(layer, signal) {
          yield* source.openLayer(layer, signal);
          throw new Error('digest differs');
        },
      };
      const cache = await openLayerCache(folder, { maxBytes: 1e6 });

      await expect(scan(lying, { cache })).rejects.toMatchObject({ code: 'source' });
      expect(await readdir(folder)).toEqual([]);
    }));
});

describe('fails', () => {
  const image = buildImage({ layers: [{ files: [status('a@1')] }, { files: [status('b@1')] }] });

  it('before any pull when the image is too large', async () => {
    const source = sourceOf(await image);

    await expect(scan(source, { maxImageSizeBytes: 100 })).rejects.toMatchObject({ code: 'too-large' });
    expect(source.opened).toEqual([]);
  });

  it('when a layer is larger than its manifest says', async () => {
    const source = sourceOf(await image);
    const growing: ImageSource = {
      ...source,
      async *openLayer(layer, signal) {
        yield* source.openLayer(layer, signal);
        yield Buffer.alloc(1_000);
      },
    };

    await expect(scan(growing)).rejects.toMatchObject({ code: 'invalid-image' });
  });

  it('with the cause when the source fails', async () => {
    const cause = new Error('no such repository');
    const source = sourceOf(await image);

    await expect(scan({ ...source, describe: () => Promise.reject(cause) })).rejects.toMatchObject({
      code: 'source',
      cause,
    });
  });

  it('as cancelled when its signal is aborted, and stops its sources', async () => {
    const controller = new AbortController();
    const source = sourceOf(await image);
    let stopped = 0;
    const endless: ImageSource = {
      ...source,
      async *openLayer(_layer, signal) {
        try {
          yield Buffer.from('a');
          signal.throwIfAborted();
          await new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason as Error));
            controller.abort();
          });
        } finally {
          stopped += 1;
        }
      },
    };

    await expect(scan(endless, { concurrency: 2 }, controller.signal)).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(stopped).toBeGreaterThan(0);
  });
});

it('reads an image of two hundred layers', async () => {
  const image = await buildImage({
    layers: Array.from({ length: 200 }, (_, index) => ({
      files: [installed('node_modules', `p${index}`, '1.0.0')],
    })),
  });

  const { packages, cost } = await scan(sourceOf(image));

  expect(packages).toHaveLength(200);
  expect(cost.layersRead).toBe(200);
});

it('starts and stops threads of its own when it is given none', async () => {
  const image = await buildImage({ layers: [{ files: [status('a@1')] }] });

  const { packages } = await scanImage(sourceOf(image), { concurrency: 1 }, new AbortController().signal);

  expect(packages).toHaveLength(1);
});
