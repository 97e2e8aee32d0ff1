import {
  addImage,
  addManifest,
  blob,
  buildImage,
  buildIndex,
  descriptor,
  jsonBlob,
  startTestRegistry,
  withBody,
  withHeader,
  withoutHeader,
  withStatus,
  type TestRegistry,
} from '@plimsoll/testkit';
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openRegistry, type Registry } from '../open-registry.ts';
import { RegistryError } from '../registry-error.ts';

const signal = new AbortController().signal;
const manifests = /\/manifests\//;
const layers = [{ files: [{ path: 'etc/os-release', content: 'ID=debian\n' }] }];
const amd64 = await buildImage({ layers });
const arm64 = await buildImage({ layers, platform: 'linux/arm64/v8' });
const indexType = 'application/vnd.oci.image.index.v1+json';

let server: TestRegistry;
let registry: Registry;

beforeEach(async () => {
  server = await startTestRegistry();
  const limits = { backoff: { firstMs: 1, capMs: 1 } };
  registry = openRegistry({ type: 'oci', registryBase: server.base }, { limits });
});
afterEach(async () => {
  await registry.close();
  await server.stop();
});

const readImage = (reference = '1.0', platform?: string) =>
  registry.readImage('team/app', reference, platform, signal);

it('tells the annotations of the manifest, and bears such as are none', async () => {
  const annotations = { 'org.opencontainers.image.base.name': 'docker.io/library/debian:12' };
  addImage(server.content, 'team/app', '1.0', await buildImage({ layers, annotations }));
  const odd = await buildImage({ layers, annotations: { a: 7 as unknown as string } });
  addImage(server.content, 'team/app', 'odd', odd);

  expect((await readImage()).annotations).toEqual(annotations);
  expect(await readImage('odd')).not.toHaveProperty('annotations');
});

it.each(['oci', 'docker'] as const)('reads an image of %s', async (format) => {
  const image = await buildImage({ layers, format, config: { config: { User: 'nobody' } } });
  addImage(server.content, 'team/app', '1.0', image);

  expect(await readImage()).toMatchObject({
    digest: image.digest,
    platform: 'linux/amd64',
    config: { config: { User: 'nobody' } },
    configDigest: image.config.digest,
    layers: image.layers.map(({ digest, mediaType, bytes }) => ({
      digest,
      mediaType,
      sizeBytes: bytes.length,
    })),
  });
});

it('follows an index to the platform asked for', async () => {
  const attestation = {
    ...descriptor(amd64.config),
    platform: { os: 'unknown', architecture: 'unknown' },
  };
  const index = buildIndex([arm64, amd64], { extraEntries: [attestation] });
  addImage(server.content, 'team/app', '1.0', index);

  expect(await readImage()).toMatchObject({ digest: amd64.digest, indexDigest: index.digest });
  expect(await readImage('1.0', 'linux/arm64')).toMatchObject({
    digest: arm64.digest,
    platform: 'linux/arm64/v8',
  });
  await expect(readImage('1.0', 'linux/s390x')).rejects.toMatchObject({
    code: 'not-found',
    message: expect.stringContaining('linux/arm64/v8, linux/amd64'),
  });
});

it('takes the only image of an index as it is', async () => {
  addImage(server.content, 'team/app', '1.0', buildIndex([arm64]));

  expect(await readImage()).toMatchObject({ platform: 'linux/arm64/v8' });
});

it('describes the images below an index, and the size of a single one', async () => {
  const index = buildIndex([amd64, arm64]);
  addImage(server.content, 'team/app', 'both', index);
  addImage(server.content, 'team/app', 'one', amd64);
  const describeImage = (reference: string) => registry.describeImage('team/app', reference, signal);

  expect(await describeImage('both')).toEqual({
    repository: 'team/app',
    reference: 'both',
    digest: index.digest,
    mediaType: indexType,
    images: [
      { platform: 'linux/amd64', digest: amd64.digest },
      { platform: 'linux/arm64/v8', digest: arm64.digest },
    ],
  });
  const sizeBytes = amd64.config.bytes.length + (amd64.layers[0]?.bytes.length ?? 0);
  expect((await describeImage('one')).images).toEqual([
    { platform: 'linux/amd64', digest: amd64.digest, sizeBytes },
  ]);
});

it('does not read what is not a container image', async () => {
  const config = jsonBlob('application/vnd.cncf.helm.config.v1+json', {});
  const type = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = { schemaVersion: 2, mediaType: type, config: descriptor(config), layers: [] };
  addManifest(server.content, 'team/app', 'chart', jsonBlob(type, manifest));

  await expect(readImage('chart')).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining('helm'),
  });
});

it('does not follow indexes for ever', async () => {
  let inner = buildIndex([amd64]).manifest;
  addManifest(server.content, 'team/app', 'inner', inner);
  addImage(server.content, 'team/app', '1.0', amd64);
  for (let depth = 0; depth < 5; depth++) {
    inner = jsonBlob(indexType, { schemaVersion: 2, mediaType: indexType, manifests: [descriptor(inner)] });
    addManifest(server.content, 'team/app', `depth-${depth}`, inner);
  }

  expect(await readImage('depth-0')).toMatchObject({ digest: amd64.digest });
  await expect(readImage('depth-4')).rejects.toBeInstanceOf(RegistryError);
});

it('does not take a manifest that is not the one of the digest', async () => {
  addImage(server.content, 'team/app', '1.0', amd64);
  server.faults.add({ path: manifests, fault: withBody(arm64.manifest.bytes) });

  await expect(readImage(amd64.digest)).rejects.toMatchObject({ code: 'digest-mismatch' });
  await expect(readImage('1.0')).rejects.toMatchObject({ code: 'digest-mismatch' });
});

it('does not take a config that is not the one of the digest', async () => {
  addImage(server.content, 'team/app', '1.0', amd64);
  server.faults.add({ path: /\/blobs\//, fault: withBody(Buffer.alloc(amd64.config.bytes.length, '{}')) });

  await expect(readImage()).rejects.toMatchObject({ code: 'digest-mismatch' });
});

it('reads no manifest larger than the specification asks registries to take', async () => {
  addManifest(server.content, 'team/app', '1.0', blob(indexType, Buffer.alloc(4 * 1024 * 1024 + 1, ' ')));

  await expect(readImage()).rejects.toMatchObject({ code: 'too-large' });
});

it('ends with an error of its own whatever a manifest holds', async () => {
  const keys = fc.constantFrom(
    'schemaVersion',
    'mediaType',
    'manifests',
    'config',
    'layers',
    'digest',
    'size',
    'platform',
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(2, null, 'sha256:', indexType, amd64.digest, -1, 1e300),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(keys, tie('tree')),
    ),
  }));
  const document = fc
    .oneof(tree, fc.string())
    .map((value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
  await fc.assert(
    fc.asyncProperty(document, async (bytes) => {
      addManifest(server.content, 'team/app', 'fuzz', blob(indexType, bytes));
      await expect(readImage('fuzz')).rejects.toBeInstanceOf(RegistryError);
    }),
    { numRuns: 100 },
  );
});

it.each([
  ['HEAD without a digest', withoutHeader('docker-content-digest')],
  ['HEAD with an unreadable digest', withHeader('docker-content-digest', 'sha512:00')],
] as const)('resolves a tag in spite of %s', async (_, fault) => {
  addImage(server.content, 'team/app', '1.0', amd64);
  server.faults.add({ path: manifests, fault });

  expect(await registry.resolve('team/app', '1.0', signal)).toEqual({
    digest: amd64.digest,
    mediaType: amd64.manifest.mediaType,
    sizeBytes: amd64.manifest.bytes.length,
  });
});

it('resolves a tag where HEAD is not allowed', async () => {
  addImage(server.content, 'team/app', '1.0', amd64);
  server.faults.add({ path: manifests, fault: withStatus(405), times: 1 });

  expect(await registry.resolve('team/app', '1.0', signal)).toMatchObject({ digest: amd64.digest });
});

it('tells a tag that is not there', async () => {
  addImage(server.content, 'team/app', '1.0', amd64);

  await expect(registry.resolve('team/app', '2.0', signal)).rejects.toMatchObject({ code: 'not-found' });
  await expect(registry.resolve('team/app', '../x', signal)).rejects.toMatchObject({ code: 'not-found' });
});
