import {
  addArtifact,
  addImage,
  addReferrer,
  attestationEntry,
  blob,
  buildArtifact,
  buildImage,
  buildIndex,
  jsonBlob,
  startTestRegistry,
  statement,
  webPage,
  withStatus,
  type TestRegistry,
} from '@plimsoll/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openRegistry, type Registry } from '../open-registry.ts';

const { signal } = new AbortController();
const repository = 'team/app';
const image = await buildImage({ layers: [{ files: [{ path: 'f', content: 'x' }] }] });
const spdx = blob('application/spdx+json', Buffer.from('{"spdxVersion":"SPDX-2.3"}'));
const cyclonedx = blob('application/vnd.cyclonedx+json', Buffer.from('{"bomFormat":"CycloneDX"}'));
const tag = image.digest.replace(':', '-');

let server: TestRegistry;
let registry: Registry;
beforeEach(async () => {
  server = await startTestRegistry();
  addImage(server.content, repository, '1.0', image);
  registry = openRegistry({ type: 'oci', registryBase: server.base });
});
afterEach(async () => {
  await registry.close();
  await server.stop();
});

const find = async () =>
  (
    await registry.findSboms(
      repository,
      await registry.readImage(repository, '1.0', undefined, signal),
      signal,
    )
  ).map(({ source, digest, sizeBytes }) => ({ source, digest, sizeBytes }));
const of = (source: string, { digest, bytes }: typeof spdx) => ({ source, digest, sizeBytes: bytes.length });

it('finds nothing beside most images', async () => {
  expect(await find()).toEqual([]);
});

it('finds what refers to the image, and leaves signatures and scan results out', async () => {
  const artifactType = 'application/spdx+json';
  addReferrer(
    server.content,
    repository,
    image.digest,
    buildArtifact([spdx], { artifactType, subject: image.manifest }),
  );
  for (const other of ['application/vnd.dev.cosign.artifact.sig.v1+json', 'application/sarif+json']) {
    const artifact = buildArtifact([blob(other, Buffer.from(other))], { artifactType: other });
    addReferrer(server.content, repository, image.digest, artifact);
  }

  expect(await find()).toEqual([of('referrer', spdx)]);
});

it('finds it by the tag of the digest where the registry does not list referrers', async () => {
  const artifactType = 'application/vnd.cyclonedx+json';
  const artifact = buildArtifact([cyclonedx], { artifactType, subject: image.manifest });
  addArtifact(server.content, repository, artifact);
  const { digest, mediaType, bytes } = artifact.manifest;
  const index = jsonBlob('application/vnd.oci.image.index.v1+json', {
    schemaVersion: 2,
    manifests: [{ digest, mediaType, size: bytes.length, artifactType }],
  });
  addArtifact(server.content, repository, { manifest: index, blobs: [], artifactType }, tag);

  expect(await find()).toEqual([of('referrer', cyclonedx)]);
});

it('finds the attestation that the index holds of the image', async () => {
  const about = statement('https://spdx.dev/Document', { spdxVersion: 'SPDX-2.3' });
  const provenance = statement('https://slsa.dev/provenance/v0.2', {});
  const attestation = buildArtifact([provenance, about], { artifactType: 'application/vnd.in-toto+json' });
  const foreign = buildArtifact([cyclonedx], { artifactType: 'application/vnd.in-toto+json' });
  const index = buildIndex([image], {
    extraEntries: [
      attestationEntry(attestation, image.digest),
      attestationEntry(foreign, `sha256:${'0'.repeat(64)}`),
    ],
  });
  addImage(server.content, repository, '1.0', index);
  for (const artifact of [attestation, foreign]) addArtifact(server.content, repository, artifact);

  expect(await find()).toEqual([of('attestation', about)]);
});

it('finds what cosign keeps under tags, each document once', async () => {
  const signed = {
    ...jsonBlob('application/vnd.dsse.envelope.v1+json', { payload: '' }),
    annotations: { predicateType: 'https://cyclonedx.org/bom' },
  };
  const artifactType = '';
  addArtifact(server.content, repository, buildArtifact([spdx], { artifactType }), `${tag}.sbom`);
  addArtifact(server.content, repository, buildArtifact([signed, spdx], { artifactType }), `${tag}.att`);

  expect(await find()).toEqual([of('tag', spdx), of('tag', signed)]);
});

it.each([
  ['a refusal', withStatus(404)],
  ['a web page', webPage(200)],
  ['a method that is not allowed', withStatus(405)],
])('bears a registry that answers with %s when asked for referrers', async (_what, fault) => {
  server.faults.add({ path: /\/referrers\//, fault });

  expect(await find()).toEqual([]);
});

it('tells when the registry fails', async () => {
  server.faults.add({ path: /\/referrers\//, fault: withStatus(403) });

  await expect(find()).rejects.toMatchObject({ code: 'forbidden' });
});
