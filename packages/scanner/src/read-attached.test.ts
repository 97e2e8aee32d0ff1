import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Inventory } from '@plimsoll/contracts';
import { buildImage } from '@plimsoll/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fixture } from './analyzers/testing-read.ts';
import { openLayerCache } from './cache/disk-layer-cache.ts';
import type { AttachedSbom } from './image-source.ts';
import { LayerReaders } from './layers/layer-readers.ts';
import { scanImage, type ScanOptions } from './scan-image.ts';
import { sourceOf } from './testing-image-source.ts';

const readers = new LayerReaders({ threads: 1 });
const { signal } = new AbortController();
let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'attached-'))));
afterAll(async () => {
  await readers.close();
  await rm(folder, { recursive: true });
});

const image = await buildImage({
  layers: [
    {
      files: [
        { path: 'app/node_modules/ws/package.json', content: '{"name":"ws","version":"8.17.0"}' },
        { path: 'opt/app/sbom.json', content: cyclonedx('pkg:npm/inside@1', 'pkg:npm/ws@1.0.0') },
      ],
    },
  ],
});

function cyclonedx(...purls: string[]): string {
  return JSON.stringify({ bomFormat: 'CycloneDX', components: purls.map((purl) => ({ purl })) });
}

function attached(content: string, letter = 'd'): AttachedSbom & { opened: number } {
  const bytes = Buffer.from(content);
  return {
    source: 'referrer',
    digest: `sha256:${letter.repeat(64)}`,
    sizeBytes: bytes.length,
    opened: 0,
    async *open() {
      this.opened += 1;
      yield bytes.subarray(0, 5);
      yield bytes.subarray(5);
    },
  };
}

async function scan(attachedSboms: () => Promise<AttachedSbom[]>, options: ScanOptions = {}) {
  const inventory = await scanImage({ ...sourceOf(image), attachedSboms }, { readers, ...options }, signal);
  return Inventory.parse(inventory);
}

it('merges what documents in and beside the image claim, marked as claims', async () => {
  const document = attached(cyclonedx('pkg:npm/beside@2', 'pkg:npm/ws@9.9.9'));

  const { packages, sboms, warnings, layers } = await scan(() => Promise.resolve([document]));

  expect(packages).toMatchObject([
    { name: 'beside', evidence: 'sbom', claimedBy: [document.digest], locations: [] },
    { name: 'inside', evidence: 'sbom', claimedBy: ['opt/app/sbom.json'], layer: layers[0]?.digest },
    { name: 'ws', version: '8.17.0', evidence: 'installed' },
  ]);
  expect(sboms).toEqual([
    { source: 'referrer', digest: document.digest, format: 'cyclonedx', trust: 'unsigned', packages: 2 },
    { source: 'file', path: 'opt/app/sbom.json', format: 'cyclonedx', trust: 'unsigned', packages: 2 },
  ]);
  expect(warnings).toEqual([]);
});

it.each([
  ['CycloneDX in XML', 'app.cdx.xml', ['@babel/core', 'inside', 'org.apache.logging.log4j:log4j-core', 'ws']],
  ['SPDX as tags and values', 'app.spdx', ['express', 'inside', 'libc6', 'ws']],
])('merges %s, too', async (_form, file, names) => {
  const document = attached(fixture(`sbom/${file}`).toString());

  const { packages, warnings } = await scan(() => Promise.resolve([document]));

  expect(packages.map(({ name }) => name).toSorted()).toEqual(names);
  expect(warnings).toEqual([]);
});

it('warns of documents that cannot be read, and lists the rest', async () => {
  const large = { ...attached('{}', 'a'), sizeBytes: 100_000_000 };
  const broken = attached('{"bomFormat":', 'b');
  const other = attached('{"color":"red"}', 'c');
  const good = attached(cyclonedx('pkg:npm/beside@2'));

  const { packages, warnings } = await scan(() => Promise.resolve([large, broken, other, good]));

  expect(packages.map(({ name }) => name)).toContain('beside');
  expect(warnings.map(({ code, message }) => [code, message.slice(0, 26)])).toEqual([
    ['sbom-unreadable', 'The attached SBOM sha256:a'],
    ['sbom-unreadable', 'The attached SBOM sha256:b'],
  ]);
});

it('warns when the registry fails, and tells the rest', async () => {
  const { packages, warnings } = await scan(() => Promise.reject(new Error('the registry is away')));

  expect(packages.map(({ name }) => name)).toContain('ws');
  expect(warnings).toMatchObject([
    {
      code: 'sbom-unreadable',
      message: 'What is attached to the image could not be read: the registry is away',
    },
  ]);
});

it('reads a document once, and none when told so', async () => {
  const cache = await openLayerCache(folder, { maxBytes: 10_000_000 });
  const document = attached(cyclonedx('pkg:npm/beside@2'));
  const sboms = () => Promise.resolve([document]);

  const first = await scan(sboms, { cache });
  const second = await scan(sboms, { cache });
  const without = await scan(sboms, { cache, attachedSboms: false });

  expect(second.packages).toEqual(first.packages);
  expect(document.opened).toBe(1);
  expect(without.packages.map(({ name }) => name)).toEqual(['inside', 'ws']);
});

it('tells of an unchanged image what is attached to it now', async () => {
  const cache = await openLayerCache(join(folder, 'unchanged'), { maxBytes: 10_000_000 });
  const document = attached(cyclonedx('pkg:npm/beside@2'));
  const names = async (sboms: () => Promise<AttachedSbom[]>) => {
    const { packages, warnings, cost } = await scan(sboms, { cache });
    const { layersRead, layersFromCache } = cost;
    return [packages.map(({ name }) => name), warnings.map(({ code }) => code), layersRead, layersFromCache];
  };
  const none = () => Promise.resolve([]);

  expect(await names(none)).toEqual([['inside', 'ws'], [], 1, 0]);
  expect(await names(none)).toEqual([['inside', 'ws'], [], 0, 1]);
  expect(await names(() => Promise.resolve([document]))).toEqual([['beside', 'inside', 'ws'], [], 0, 1]);
  expect(await names(() => Promise.reject(new Error('away')))).toEqual([
    ['inside', 'ws'],
    ['sbom-unreadable'],
    0,
    1,
  ]);
  expect(await names(none)).toEqual([['inside', 'ws'], [], 0, 1]);
});
