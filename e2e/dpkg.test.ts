import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Inventory } from '@plimsoll/contracts';
import { buildImage, writeLayout } from '@plimsoll/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCertificate } from './support/certificate.ts';
import { debianRootRefusal, dpkgPackages, inRoot, makeDebianRoot } from './support/debian-root.ts';
import { startDockerRegistry, type DockerRegistryOptions } from './support/docker-registry.ts';
import { missingPrograms } from './support/programs.ts';
import { layersOf } from './support/root-layers.ts';
import { scanFromRegistry } from './support/scan.ts';
import { pushImage } from './support/skopeo.ts';
import { startTokenServer } from './support/token-server.ts';

const missing = missingPrograms('docker-registry', 'skopeo', 'htpasswd', 'openssl');
const refusal = missing.length > 0 ? `not installed: ${missing.join(', ')}` : debianRootRefusal();
if (refusal) console.log(`dpkg.test.ts skipped: ${refusal}`);

const user = { username: 'reader', password: 'correct horse' };

describe.skipIf(refusal)('a Debian image in a real registry', () => {
  let dir: string;
  let expected: string[];
  const stops: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'plimsoll-e2e-dpkg-'));
    const root = join(dir, 'root');
    await makeDebianRoot(root);
    const layers = layersOf(root, dir);
    const tars = [await layers.takeLayer()];
    await inRoot(root, 'apt-get update');
    await inRoot(root, 'apt-get install -y --no-install-recommends less media-types');
    tars.push(await layers.takeLayer());
    // Leaves its configuration, so dpkg still knows it, but not as installed.
    await inRoot(root, 'apt-get remove -y media-types');
    tars.push(await layers.takeLayer());

    expected = await dpkgPackages(root);
    const image = await buildImage({ layers: tars.map((tar) => ({ tar })) });
    await writeLayout(join(dir, 'layout'), [{ name: 'debian', image }]);
  });

  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
    await rm(dir, { recursive: true, force: true });
  });

  /** Pushes the image with skopeo into a registry of this kind, and scans it there. */
  async function scanIn(options: DockerRegistryOptions, ca?: string): Promise<Inventory> {
    const dataDir = await mkdtemp(join(dir, 'data-'));
    const registry = await startDockerRegistry({ ...options, dataDir });
    stops.push(() => registry.stop());
    await pushImage({ dir: join(dir, 'layout'), name: 'debian' }, registry, 'team/debian:12', user);
    const credentials = { type: 'oci' as const, registryBase: registry.base, ...user };
    return scanFromRegistry(credentials, { repository: 'team/debian', reference: '12' }, ca);
  }

  const installed = () => expected.filter((line) => line.endsWith(' installed'));
  const found = (inventory: Inventory) =>
    inventory.packages
      .filter((entry) => entry.type === 'deb')
      .map(({ name, version, arch }) => `${name} ${version} ${arch} installed`)
      .sort();

  it('has the packages that dpkg-query tells, read with a password over TLS', async () => {
    const tlsDir = join(dir, 'tls');
    await mkdir(tlsDir);
    const tls = await createCertificate(tlsDir);

    const inventory = await scanIn({ tls, basic: user }, await readFile(tls.certificateFile, 'utf8'));

    expect(expected).toContainEqual(expect.stringMatching(/^media-types \S+ all config-files$/));
    expect(installed().length).toBeGreaterThan(60);
    expect(found(inventory)).toEqual(installed());
    expect(inventory.os).toMatchObject({ id: 'debian', versionId: '12' });
    expect(inventory.warnings).toEqual([]);
  });

  it('has the same packages read with bearer tokens, each with the layer that brought it', async () => {
    const issuerDir = join(dir, 'issuer');
    await mkdir(issuerDir);
    const tokens = await startTokenServer(await createCertificate(issuerDir), user);
    stops.push(() => tokens.stop());

    const inventory = await scanIn({ token: tokens.registryConfig });

    const layerOf = (name: string) => inventory.packages.find((entry) => entry.name === name)?.layer;
    expect(found(inventory)).toEqual(installed());
    expect(layerOf('libc6')).toBe(inventory.layers[0]?.digest);
    expect(layerOf('less')).toBe(inventory.layers[1]?.digest);
  });
});
