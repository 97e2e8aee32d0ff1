import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Inventory } from '@plimsoll/contracts';
import { serveLayout, writeDemoLayout, type TestRegistry } from '@plimsoll/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plimsoll } from './support/plimsoll.ts';
import { missingPrograms, runProgram } from './support/programs.ts';

// `plimsoll scan`: one image, the same wherever it is read from.
let folder: string;
let layout: string;
let registry: TestRegistry;
let name: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-scan-'));
  layout = join(folder, 'layout');
  await writeDemoLayout(layout);
  registry = await serveLayout(layout);
  name = `${registry.base}/shop/web:1.1`;
});

afterAll(async () => {
  await registry.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function scanned(image: string, input?: Uint8Array): Promise<Inventory> {
  const { code, output } = await plimsoll(['scan', '--format', 'json', image], input ? { input } : {});
  expect(code).toBe(0);
  return Inventory.parse(JSON.parse(output));
}

const contentOf = ({ packages }: Inventory) =>
  packages.map(({ purl, evidence, locations }) => ({
    purl,
    evidence,
    paths: locations.map(({ path }) => path),
  }));

it('prints a table for people', async () => {
  const { code, output } = await plimsoll(['scan', name]);

  expect(output).toMatch(/^TYPE +NAME +VERSION +EVIDENCE +LAYER/);
  expect(output).toMatch(/^deb +nginx +1\.22\.1-9\+deb12u\d+ +installed +4$/m);
  expect(output).toMatch(/packages, Debian GNU\/Linux 12 \(bookworm\), 5 layers/);
  expect(code).toBe(0);
});

it('reads the same from a registry and from an OCI layout', async () => {
  const fromRegistry = await scanned(name);

  expect(contentOf(fromRegistry).length).toBeGreaterThan(50);
  expect(contentOf(await scanned(`oci:${layout}:shop/web:1.1`))).toEqual(contentOf(fromRegistry));
});

const missing = missingPrograms('skopeo');
if (missing.length > 0)
  console.log(`skipped: scanning archives that skopeo wrote; missing ${missing.join(', ')}`);

it.skipIf(missing.length > 0).each(['oci-archive', 'docker-archive'])(
  'reads the same from a %s that skopeo wrote',
  async (kind) => {
    const file = join(folder, `${kind}.tar`);
    const source = name.replace('http://', 'docker://');
    await runProgram('skopeo', [
      'copy',
      '--src-tls-verify=false',
      '--insecure-policy',
      source,
      `${kind}:${file}:shop/web:1.1`,
    ]);

    const expected = contentOf(await scanned(name));
    expect(contentOf(await scanned(`${kind}:${file}`))).toEqual(expected);
    expect(contentOf(await scanned(`${kind}:-`, readFileSync(file)))).toEqual(expected);
    expect(contentOf(await scanned('-', gzipSync(readFileSync(file))))).toEqual(expected);
  },
);

it('reads the images of all platforms, one after the other', async () => {
  const { code, output } = await plimsoll(['scan', '--format', 'json', '--platform', 'all', name]);

  const inventories = Inventory.array().parse(JSON.parse(output));
  expect(inventories.map(({ platform }) => platform)).toContain('linux/amd64');
  expect(code).toBe(0);

  const sbom = await plimsoll(['scan', '--format', 'spdx-json', '--platform', 'all', name]);
  expect(sbom.output).toMatch(/describes one image/);
});

it('lists what a later layer replaced when it is asked for all layers', async () => {
  const { output } = await plimsoll(['scan', '--format', 'json', '--all-layers', name]);
  const versions = (inventory: Inventory) =>
    inventory.packages.flatMap(({ name: found, version, removedIn }) =>
      found === 'nginx' ? [[version, removedIn !== undefined]] : [],
    );

  expect(versions(await scanned(name))).toEqual([['1.22.1-9+deb12u10', false]]);
  expect(versions(Inventory.parse(JSON.parse(output)))).toEqual([
    ['1.22.1-9+deb12u10', false],
    ['1.22.1-9+deb12u9', true],
  ]);
});

it('writes nothing to disk', async () => {
  const temporary = join(folder, 'tmp');
  await runProgram('mkdir', [temporary]);

  await plimsoll(['scan', name], { env: { TMPDIR: temporary, HOME: temporary } });

  expect(readdirSync(temporary)).toEqual([]);
});

it('says what is wrong, and with which exit code', async () => {
  const unknown = await plimsoll(['scan', `${registry.base}/shop/web:9`]);
  expect(unknown.output).toMatch(/shop\/web.*9/);
  expect(unknown.code).toBe(1);

  const notAnImage = await plimsoll(['scan', 'package.json']);
  expect(notAnImage.output).toMatch(/cannot be read as an image archive/);
  expect(notAnImage.code).toBe(1);

  const nobody = await plimsoll(['scan', '127.0.0.1:1/app:1']);
  expect(nobody.output).toMatch(/Could not reach/);
  expect(nobody.code).toBe(4);
});
