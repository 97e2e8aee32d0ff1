import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { registryTypes } from '@plimsoll/contracts';
import { openRegistry } from '@plimsoll/registry';
import { buildImage, buildIndex, startTestRegistry, tagsOf, writeLayout } from '@plimsoll/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startDockerRegistry, type DockerRegistry } from './support/docker-registry.ts';
import { products } from './support/products.ts';
import { missingPrograms } from './support/programs.ts';
import { pushImage, skopeoJson } from './support/skopeo.ts';

const missing = missingPrograms('docker-registry', 'skopeo');
if (missing.length > 0) console.log(`products.test.ts skipped: not installed: ${missing.join(', ')}`);

const signal = new AbortController().signal;
const pushedAt = '2024-02-03T04:05:06.789Z';

it('has an imitation of every product', () => {
  expect(products.map(({ type }) => type).toSorted()).toEqual([...registryTypes].toSorted());
});

// Each product's own way of letting in and of listing, before a real docker-registry that has the manifests and blobs.
describe.skipIf(missing.length > 0)('a product before docker-registry', () => {
  let dir: string;
  let docker: DockerRegistry;
  let digest: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'plimsoll-e2e-products-'));
    docker = await startDockerRegistry();
    const content = Buffer.alloc(1_000_000, 'plimsoll');
    const amd64 = await buildImage({ layers: [{ files: [{ path: 'a', content }] }] });
    const arm64 = await buildImage({
      layers: [{ files: [{ path: 'b', content }], mediaType: 'zstd' }],
      platform: 'linux/arm64/v8',
    });
    const image = buildIndex([arm64, amd64]);
    digest = image.digest;
    const layout = join(dir, 'layout');
    await writeLayout(layout, [{ name: 'multi', image }]);
    for (const root of new Set(products.map((product) => product.root))) {
      await pushImage({ dir: layout, name: 'multi' }, docker, `${root}/app:1.0`);
    }
  });
  afterEach(() => void vi.unstubAllEnvs());
  afterAll(async () => {
    await docker.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it.each(products)('$type: is entered, listed and pulled', async (product) => {
    const name = `${product.root}/app`;
    const server = await startTestRegistry({ ...product.options, upstream: docker.base });
    tagsOf(server.content, name).set('1.0', { digest, pushedAt });
    for (const [variable, value] of Object.entries(product.environment ?? {})) {
      vi.stubEnv(variable, value.replace('ORIGIN', server.origin));
    }
    const registry = openRegistry(product.credentials(server.base));
    try {
      expect(await registry.checkCredentials(signal)).toMatchObject({ ok: true });
      const { repositories } = await registry.listRepositories({ limit: 10 }, signal);
      expect(repositories).toEqual([{ name }]);
      const { tags } = await registry.listTags(name, { limit: 10 }, signal);
      expect(tags).toMatchObject([{ name: '1.0' }]);

      const command = ['inspect', '--override-os=linux', '--override-arch=amd64'];
      const theirs = await skopeoJson(command, docker, `${name}:1.0`);
      const image = await registry.readImage(name, '1.0', 'linux/amd64', signal);
      expect({ Digest: image.indexDigest, Layers: image.layers.map((layer) => layer.digest) }).toEqual({
        Digest: (theirs as { Digest: string }).Digest,
        Layers: (theirs as { Layers: string[] }).Layers,
      });
      for (const layer of image.layers) {
        let size = 0;
        for await (const chunk of registry.openBlob(name, layer, signal)) size += chunk.length;
        expect(size).toBe(layer.sizeBytes);
      }
    } finally {
      await Promise.all([registry.close(), server.stop()]);
    }
  });
});
