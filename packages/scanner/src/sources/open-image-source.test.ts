import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  attestationEntry,
  buildArtifact,
  buildImage,
  buildIndex,
  type BuiltImage,
  rawTar,
  type RawTarEntry,
  statement,
  writeLayout,
} from '@plimsoll/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LayerReaders } from '../layers/layer-readers.ts';
import { scanImage } from '../scan-image.ts';
import type { ImageChoice } from './oci-layout.ts';
import { archiveFromInput } from './archive-bytes.ts';
import { archiveFiles } from './archive-files.ts';
import { openAllPlatforms, openImageSource } from './open-image-source.ts';

const readers = new LayerReaders({ threads: 1 });
const { signal } = new AbortController();
let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'image-source-'))));
afterAll(async () => {
  await readers.close();
  await rm(folder, { recursive: true });
});

const imageOf = (name: string, platform = 'linux/amd64') =>
  buildImage({
    platform,
    layers: [
      { files: [{ path: 'etc/os-release', content: 'ID=debian\n' }] },
      {
        files: [
          { path: `node_modules/${name}/package.json`, content: JSON.stringify({ name, version: '1.0.0' }) },
        ],
      },
    ],
  });

/** Scans what lies at a path, and answers the digest and the names of the packages. */
async function scan(path: string, choice: ImageChoice = {}) {
  const source = await openImageSource(path, choice, signal);
  const { digest, packages, warnings, platform } = await scanImage(source, { readers }, signal);
  expect(warnings).toEqual([]);
  return { digest, platform, names: packages.map(({ name }) => name) };
}

async function tarOf(layout: string): Promise<Buffer> {
  const entries: RawTarEntry[] = [];
  for (const entry of await readdir(layout, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    entries.push({ name: path.slice(layout.length + 1), body: await readFile(path) });
  }
  return rawTar(entries);
}

describe('an OCI image layout', () => {
  it('is read from a folder and from an archive, plain or compressed', async () => {
    const image = await imageOf('a');
    const layout = join(folder, 'layout');
    await writeLayout(layout, [{ name: 'v1', image }]);
    const archive = await tarOf(layout);
    await writeFile(`${layout}.tar`, archive);
    await writeFile(`${layout}.tar.gz`, gzipSync(archive));

    for (const path of [layout, `${layout}.tar`, `${layout}.tar.gz`]) {
      expect(await scan(path)).toEqual({ digest: image.digest, platform: 'linux/amd64', names: ['a'] });
    }
  });

  it('tells the annotations of the manifest', async () => {
    const annotations = { 'org.opencontainers.image.base.name': 'docker.io/library/debian:12' };
    const image = await buildImage({ layers: [], annotations });
    const layout = join(folder, 'annotated');
    await writeLayout(layout, [{ name: 'v1', image }]);

    const source = await openImageSource(layout, {}, signal);

    expect((await source.describe(signal)).annotations).toEqual(annotations);
  });

  it('gives the image of the name or digest that is asked for', async () => {
    const [one, two] = await Promise.all([imageOf('one'), imageOf('two')]);
    const layout = join(folder, 'two-images');
    await writeLayout(layout, [
      { name: 'v1', image: one },
      { name: 'v2', image: two },
    ]);

    expect(await scan(layout, { reference: 'v2' })).toMatchObject({ names: ['two'] });
    expect(await scan(layout, { reference: one.digest })).toMatchObject({ names: ['one'] });
    await expect(scan(layout)).rejects.toThrow('Which image is meant? There are: v1, v2');
    await expect(scan(layout, { reference: 'v3' })).rejects.toMatchObject({ code: 'invalid-image' });
  });

  it('gives the platform that is asked for, linux/amd64 unless told', async () => {
    const images = await Promise.all([imageOf('arm', 'linux/arm64/v8'), imageOf('amd')]);
    const attestation = {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: `sha256:${'0'.repeat(64)}`,
      size: 5,
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
    };
    const layout = join(folder, 'platforms');
    await writeLayout(layout, [{ name: 'v1', image: buildIndex(images, { extraEntries: [attestation] }) }]);

    expect(await scan(layout)).toMatchObject({ names: ['amd'] });
    expect(await scan(layout, { platform: 'linux/arm64' })).toMatchObject({
      platform: 'linux/arm64/v8',
      names: ['arm'],
    });
    await expect(scan(layout, { platform: 'windows/amd64' })).rejects.toMatchObject({
      code: 'invalid-image',
    });
  });

  it('gives the images of all platforms, and leaves attestations out', async () => {
    const images = await Promise.all([imageOf('arm', 'linux/arm64/v8'), imageOf('amd')]);
    const layout = join(folder, 'all-platforms');
    await writeLayout(layout, [{ name: 'v1', image: buildIndex(images) }]);
    await writeLayout(join(folder, 'one-platform'), [{ name: 'v1', image: images[0] }]);

    const platformsOf = async (path: string) => {
      const sources = await openAllPlatforms(path, {}, signal);
      return Promise.all(sources.map(async (source) => (await source.describe(signal)).platform));
    };
    expect(await platformsOf(layout)).toEqual(['linux/arm64/v8', 'linux/amd64']);
    expect(await platformsOf(join(folder, 'one-platform'))).toEqual(['linux/arm64/v8']);
  });

  it('gives the SBOMs that BuildKit attested in the index', async () => {
    const image = await imageOf('a');
    const about = statement('https://spdx.dev/Document', { spdxVersion: 'SPDX-2.3', packages: [] });
    const provenance = statement('https://slsa.dev/provenance/v1', {});
    const artifact = buildArtifact([provenance, about], { artifactType: 'application/vnd.in-toto+json' });
    const index = buildIndex([image], { extraEntries: [attestationEntry(artifact, image.digest)] });
    const layout = join(folder, 'attested');
    await writeLayout(layout, [{ name: 'v1', image: index }]);
    for (const { digest, bytes } of [artifact.manifest, ...artifact.blobs]) {
      await writeFile(join(layout, 'blobs/sha256', digest.slice(7)), bytes);
    }

    const source = await openImageSource(layout, {}, signal);
    const found = await source.attachedSboms?.(await source.describe(signal), signal);

    expect(found).toMatchObject([{ source: 'attestation', digest: about.digest }]);
    expect((await buffer(found![0]!.open(signal))).equals(about.bytes)).toBe(true);
  });

  it('is refused when a blob has other content than its digest says', async () => {
    const image = await imageOf('b');
    const layout = join(folder, 'tampered');
    await writeLayout(layout, [{ name: 'v1', image }]);
    const layer = image.layers[1]!;
    const changed = Buffer.from(layer.bytes);
    changed[9]! ^= 1;
    await writeFile(join(layout, 'blobs/sha256', layer.digest.slice(7)), changed);

    await expect(scan(layout)).rejects.toThrow(`${layer.digest} has other content`);
  });
});

describe('a docker archive', () => {
  /** As `docker save` writes it: layers plain, each in a folder of its own. */
  function dockerArchive(
    images: readonly { image: BuiltImage; tag: string; isPlain?: boolean }[],
  ): RawTarEntry[] {
    const manifest = images.map(({ image, tag }) => ({
      Config: `${image.config.digest.slice(7)}.json`,
      RepoTags: [tag],
      Layers: image.layers.map(({ digest }) => `${digest.slice(7)}/layer.tar`),
    }));
    return [
      ...images.flatMap(({ image, isPlain = true }) => [
        { name: `${image.config.digest.slice(7)}.json`, body: image.config.bytes },
        ...image.layers.map(({ digest, bytes }) => ({
          name: `${digest.slice(7)}/layer.tar`,
          body: isPlain ? gunzipSync(bytes) : bytes,
        })),
      ]),
      { name: 'manifest.json', body: JSON.stringify(manifest) },
    ];
  }

  async function write(name: string, entries: readonly RawTarEntry[]): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, rawTar(entries));
    return path;
  }

  it('is read with plain and with compressed layers', async () => {
    const image = await imageOf('a');

    for (const isPlain of [true, false]) {
      const path = await write(`docker-${isPlain}.tar`, dockerArchive([{ image, tag: 'a:v1', isPlain }]));
      expect(await scan(path)).toEqual({
        digest: image.config.digest,
        platform: 'linux/amd64',
        names: ['a'],
      });
    }
  });

  it('gives the image of the tag that is asked for', async () => {
    const [one, two] = await Promise.all([imageOf('one'), imageOf('two')]);
    const path = await write(
      'docker-two.tar',
      dockerArchive([
        { image: one, tag: 'one:v1' },
        { image: two, tag: 'two:v1' },
      ]),
    );

    expect(await scan(path, { reference: 'two:v1' })).toMatchObject({ names: ['two'] });
    await expect(scan(path)).rejects.toThrow('There are one:v1, two:v1');
  });

  it('may hold a layer as a link to another place of the archive', async () => {
    const image = await imageOf('a');
    const [first, ...rest] = dockerArchive([{ image, tag: 'a:v1' }]);
    const moved = rest.map((entry, index) =>
      index === 0
        ? [
            { ...entry, name: 'shared.tar' },
            { name: entry.name, kind: '2', linkName: '../shared.tar' },
          ]
        : [entry],
    );

    expect(await scan(await write('docker-links.tar', [first!, ...moved.flat()]))).toMatchObject({
      names: ['a'],
    });
  });

  it('is refused when another platform was asked for than it is of', async () => {
    const path = await write('docker-arm.tar', dockerArchive([{ image: await imageOf('a'), tag: 'a:v1' }]));

    await expect(scan(path, { platform: 'linux/arm64' })).rejects.toThrow('is for linux/amd64');
    expect(await scan(path, { platform: 'linux/amd64' })).toMatchObject({ names: ['a'] });
  });

  it('is read from a pipe, and leaves nothing behind', async () => {
    const image = await imageOf('a');
    const bytes = gzipSync(rawTar(dockerArchive([{ image, tag: 'a:v1' }])));
    const before = (await readdir(tmpdir())).filter((name) => name.startsWith('plimsoll-archive-'));

    const archive = await archiveFromInput(
      Readable.from([bytes.subarray(0, 10), bytes.subarray(10)]),
      signal,
    );
    const files = await archiveFiles(archive, signal);

    expect(await files.size('manifest.json')).toBeGreaterThan(0);
    expect((await readdir(tmpdir())).filter((name) => name.startsWith('plimsoll-archive-'))).toEqual(before);
    await archive.close();
  });

  it('is refused when a plain layer is not the one of the config', async () => {
    const entries = dockerArchive([{ image: await imageOf('a'), tag: 'a:v1' }]);
    const changed = entries.map((entry) =>
      entry.name.endsWith('layer.tar') ? { ...entry, body: rawTar([{ name: 'x' }]) } : entry,
    );

    await expect(scan(await write('docker-tampered.tar', changed))).rejects.toMatchObject({
      code: 'invalid-image',
    });
  });

  it('is refused when a layer is missing', async () => {
    const entries = dockerArchive([{ image: await imageOf('a'), tag: 'a:v1' }]).filter(
      ({ name }) => !name.endsWith('layer.tar'),
    );

    await expect(scan(await write('docker-missing.tar', entries))).rejects.toThrow('The archive holds no');
  });
});

it.each([
  ['nothing', undefined],
  ['an empty file', Buffer.alloc(0)],
  ['rubbish', Buffer.alloc(5_000, 'x')],
  ['a tar of something else', rawTar([{ name: 'readme', body: 'hello' }])],
  ['a truncated gzip', gzipSync(rawTar([{ name: 'manifest.json', body: '[]' }])).subarray(0, 30)],
  ['an archive without images', rawTar([{ name: 'manifest.json', body: '[]' }])],
  ['an archive with a manifest that is no JSON', rawTar([{ name: 'manifest.json', body: '[' }])],
])('refuses %s', async (name, bytes) => {
  const path = join(folder, `refused ${name}`);
  if (bytes) await writeFile(path, bytes);

  await expect(scan(path)).rejects.toMatchObject({ code: 'invalid-image' });
});
