import { Inventory } from '@plimsoll/contracts';
import { buildArtifact, buildImage, blob, descriptor, jsonBlob, type Blob } from '@plimsoll/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDockerRegistry, type DockerRegistry } from './support/docker-registry.ts';
import { plimsoll } from './support/plimsoll.ts';
import { missingPrograms } from './support/programs.ts';

const missing = missingPrograms('docker-registry');
if (missing.length > 0) console.log(`attached-sboms.test.ts skipped: not installed: ${missing.join(', ')}`);

const spdxOf = (purl: string) => ({
  spdxVersion: 'SPDX-2.3',
  packages: [{ name: 'x', externalRefs: [{ referenceType: 'purl', referenceLocator: purl }] }],
});
const artifactType = 'application/spdx+json';
const spdx = (purl: string): Blob => blob(artifactType, Buffer.from(JSON.stringify(spdxOf(purl))));

// docker-registry 2.8 knows no referrers: what refers to an image is listed under a tag.
describe.skipIf(missing.length > 0)('docker-registry', () => {
  let registry: DockerRegistry;
  const documents = { referrer: spdx('pkg:npm/referred@1'), tag: spdx('pkg:npm/tagged@1') };

  beforeAll(async () => {
    registry = await startDockerRegistry();
    const files = [{ path: 'node_modules/ws/package.json', content: '{"name":"ws","version":"8.17.0"}' }];
    const image = await buildImage({ layers: [{ files }] });
    const tag = image.digest.replace(':', '-');
    const referrer = buildArtifact([documents.referrer], { artifactType, subject: image.manifest });
    const tagged = buildArtifact([documents.tag], { artifactType });
    const listed = jsonBlob('application/vnd.oci.image.index.v1+json', {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [{ ...descriptor(referrer.manifest), artifactType }],
    });
    for (const one of [image.config, ...image.layers, ...referrer.blobs, ...tagged.blobs])
      await pushBlob(one);
    await pushManifest(image.manifest, '1.0');
    await pushManifest(referrer.manifest, referrer.manifest.digest);
    await pushManifest(listed, tag);
    await pushManifest(tagged.manifest, `${tag}.sbom`);
  });

  afterAll(() => registry.stop());

  const repository = () => `${registry.base}/v2/team/app`;

  async function pushBlob({ digest, bytes }: Blob): Promise<void> {
    const started = await fetch(`${repository()}/blobs/uploads/`, { method: 'POST' });
    const url = new URL(started.headers.get('location') ?? '', registry.base);
    url.searchParams.set('digest', digest);
    const headers = { 'content-type': 'application/octet-stream' };
    const { status } = await fetch(url, { method: 'PUT', headers, body: Buffer.from(bytes) });
    expect(status).toBe(201);
  }

  async function pushManifest({ mediaType, bytes }: Blob, reference: string): Promise<void> {
    const headers = { 'content-type': mediaType };
    const url = `${repository()}/manifests/${reference}`;
    const { status } = await fetch(url, { method: 'PUT', headers, body: Buffer.from(bytes) });
    expect(status).toBe(201);
  }

  async function scanned(...options: string[]): Promise<Inventory> {
    const args = ['scan', '--insecure-http', '--format', 'json', ...options];
    const { output, code } = await plimsoll([...args, `${registry.host}/team/app:1.0`]);
    expect(code).toBe(0);
    return Inventory.parse(JSON.parse(output));
  }

  it('is asked for what is attached to an image, and what only that claims is marked', async () => {
    const { packages, sboms, warnings } = await scanned();

    expect(packages.map(({ name, evidence, claimedBy }) => [name, evidence, claimedBy])).toEqual([
      ['referred', 'sbom', [documents.referrer.digest]],
      ['tagged', 'sbom', [documents.tag.digest]],
      ['ws', 'installed', undefined],
    ]);
    expect(sboms?.map(({ source, trust }) => [source, trust])).toEqual([
      ['referrer', 'unsigned'],
      ['tag', 'unsigned'],
    ]);
    expect(warnings).toEqual([]);
    expect((await scanned('--no-attached-sboms')).packages.map(({ name }) => name)).toEqual(['ws']);
  });

  it('shows layers and image facts to people', async () => {
    const { output } = await plimsoll(['scan', '--insecure-http', `${registry.host}/team/app:1.0`]);

    expect(output).toMatch(/^LAYER +SIZE +PACKAGES +INSTRUCTION/m);
    expect(output).toMatch(/^ +1 +0\.0 MB +1$/m);
    expect(output).toMatch(/^SBOM +sha256:[0-9a-f]{64} \(spdx, referrer, unsigned, 1 packages\)$/m);
    expect(output).toMatch(/^npm +tagged +1 +sbom +claimed by sha256:/m);
  });
});
