import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Inventory } from '@plimsoll/contracts';
import { serveLayout, writeDemoLayout, type TestRegistry } from '@plimsoll/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scanFromRegistry } from './support/scan.ts';

describe('the images of the demo registry', () => {
  let dir: string;
  let registry: TestRegistry;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'plimsoll-e2e-demo-'));
    await writeDemoLayout(dir);
    registry = await serveLayout(dir);
  });

  afterAll(async () => {
    await registry.stop();
    await rm(dir, { recursive: true, force: true });
  });

  const scan = (repository: string, reference: string) =>
    scanFromRegistry({ type: 'oci', registryBase: registry.base }, { repository, reference });
  const count = ({ packages }: Inventory, type: string) =>
    packages.filter((entry) => entry.type === type).length;
  const find = ({ packages }: Inventory, name: string) => packages.find((entry) => entry.name === name);

  // The figures are those of the databases in packages/testkit/data/demo-images.
  it.each([
    { repository: 'library/debian', tag: '12', os: 'debian', packages: { deb: 96, apk: 0, npm: 0 } },
    { repository: 'library/alpine', tag: '3.20', os: 'alpine', packages: { deb: 0, apk: 14, npm: 0 } },
    { repository: 'tools/python', tag: 'alpine3.20', os: 'alpine', packages: { deb: 0, apk: 36, npm: 0 } },
    { repository: 'shop/web', tag: '1.0', os: 'debian', packages: { deb: 138, apk: 0, npm: 0 } },
    { repository: 'shop/web', tag: '1.1', os: 'debian', packages: { deb: 124, apk: 0, npm: 0 } },
    { repository: 'shop/api', tag: '2024.1', os: 'debian', packages: { deb: 96, apk: 0, npm: 69 } },
    { repository: 'shop/api', tag: '2024.2', os: 'debian', packages: { deb: 96, apk: 0, npm: 68 } },
    { repository: 'shop/worker', tag: '2.0', os: undefined, packages: { deb: 0, apk: 0, npm: 69 } },
  ])('hold what their package databases tell: $repository:$tag', async (image) => {
    const inventory = await scan(image.repository, image.tag);

    const counts = {
      deb: count(inventory, 'deb'),
      apk: count(inventory, 'apk'),
      npm: count(inventory, 'npm'),
    };
    expect(counts).toEqual(image.packages);
    expect(inventory.os?.id).toBe(image.os);
    expect(inventory.warnings).toEqual([]);
  });

  it('tell the layer that upgraded a package, and forget what a later layer removed', async () => {
    const web = await scan('shop/web', '1.1');
    const api = await scan('shop/api', '2024.2');

    expect(find(web, 'openssl')).toMatchObject({ version: '3.0.22-1~deb12u2', layer: web.layers[3]?.digest });
    expect(find(web, 'zlib1g')?.layer).toBe(web.layers[0]?.digest);
    expect(find(web, 'python3')).toBeUndefined();
    expect(find(api, 'lodash')).toMatchObject({ version: '4.17.21', layer: api.layers[4]?.digest });
    expect(find(api, 'ws')).toBeUndefined();
  });
});
