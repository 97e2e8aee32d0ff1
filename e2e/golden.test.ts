import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Inventory, InventoryPackage } from '@plimsoll/contracts';
import { inventoryFormats } from '@plimsoll/sbom';
import { openImageSource, scanImage } from '@plimsoll/scanner';
import { buildImage, writeLayout } from '@plimsoll/testkit';
import { PackageURL } from '../packages/sbom/src/testing-purl.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasXmllint, schemaErrors } from '../packages/sbom/src/testing-schemas.ts';
import { debianRootRefusal, dpkgPackages, makeDebianRoot } from './support/debian-root.ts';
import { runProgram } from './support/programs.ts';
import { layersOf } from './support/root-layers.ts';

// Real software in a layer, and what its own package managers list of it.

const refusal = debianRootRefusal();
if (refusal) console.log(`golden.test.ts skipped: ${refusal}`);

const go = '/usr/local/go/bin/go';
const isXmlValidated = hasXmllint();

const debianPackages =
  'ruby ruby-rack python3-pip python3-requests node-semver libcommons-lang3-java libgoogle-gson-java'.split(
    ' ',
  );

/** An application of npm, one module of which is a Go program. */
async function installModules(app: string): Promise<void> {
  await mkdir(app, { recursive: true });
  await writeFile(join(app, 'package.json'), '{"name": "app", "version": "1.0.0", "private": true}');
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefix', app];
  await runProgram('npm', ['install', ...options, 'express@4.19.2', '@esbuild/linux-x64@0.25.0']);
}

describe.skipIf(refusal)('real software of many languages', () => {
  let dir: string;
  let root: string;
  let inventory: Inventory;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'plimsoll-golden-'));
    root = join(dir, 'root');
    const app = join(dir, 'app');
    await Promise.all([makeDebianRoot(root, debianPackages), installModules(app)]);
    await rename(app, join(root, 'srv/app'));

    const tar = await layersOf(root, dir).takeLayer();
    await writeLayout(join(dir, 'layout'), [
      { name: 'golden', image: await buildImage({ layers: [{ tar, mediaType: 'plain' }] }) },
    ]);
    const { signal } = new AbortController();
    inventory = await scanImage(await openImageSource(join(dir, 'layout'), {}, signal), {}, signal);
  });

  afterAll(() => rm(dir, { recursive: true, force: true }));

  const found = (isMeant: (one: InventoryPackage) => boolean) =>
    inventory.packages
      .filter(isMeant)
      .map(({ name, version }) => `${name} ${version}`)
      .sort();
  const isIn = ({ locations }: InventoryPackage, folder: string) =>
    locations.some(({ path }) => path.startsWith(folder));

  it('was read without a warning', () => {
    expect(inventory.warnings).toEqual([]);
  });

  it('has the Debian packages that dpkg-query lists', async () => {
    const listed = (await dpkgPackages(root)).filter((line) => line.endsWith(' installed'));

    expect(listed.length).toBeGreaterThan(100);
    expect(
      inventory.packages
        .filter(({ type }) => type === 'deb')
        .map(({ name, version, arch }) => `${name} ${version} ${arch} installed`)
        .sort(),
    ).toEqual(listed);
  });

  it('has the gems that gem list lists, those that come with Ruby included', async () => {
    // `json (2.6.1, default: 2.6.0)`
    const text = await runProgram('chroot', [root, '/usr/bin/gem', 'list', '--local', '--quiet']);
    const listed = text
      .trim()
      .split('\n')
      .flatMap((line) => {
        const [, name = '', versions = ''] = /^(\S+) \((.+)\)$/.exec(line) ?? [];
        return versions
          .split(', ')
          .map((version) => `${name} ${version.replace('default: ', '').split(' ')[0]}`);
      });

    expect(listed.length).toBeGreaterThan(50);
    expect(found(({ type }) => type === 'gem')).toEqual(listed.sort());
  });

  it('has the Python packages that pip list lists', async () => {
    const text = await runProgram('chroot', [root, '/usr/bin/pip', 'list', '--format=json']);
    const listed = (JSON.parse(text) as { name: string; version: string }[]).map(
      ({ name, version }) => `${name} ${version}`,
    );

    expect(listed).toContainEqual(expect.stringMatching(/^requests 2/));
    // What Debian carries as zipped wheels for new environments is not installed in this one.
    expect(found(({ type, nestedIn }) => type === 'pypi' && nestedIn === undefined)).toEqual(listed.sort());
  });

  it('has the Node.js packages that npm ls lists', async () => {
    const text = await runProgram('npm', [
      'ls',
      '--prefix',
      join(root, 'srv/app'),
      '--all',
      '--parseable',
      '--long',
    ]);
    // `/folder:name@version:..`, the project itself first.
    const listed = text
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(':')[1]!.replace(/@([^@]+)$/, ' $1'));

    expect(listed.length).toBeGreaterThan(60);
    expect(found((one) => one.type === 'npm' && isIn(one, 'srv/app/'))).toEqual([...new Set(listed)].sort());
  });

  it('has the Node.js packages of Debian, each owned by its Debian package', () => {
    const semver = inventory.packages.find(
      ({ type, name, locations }) =>
        type === 'npm' &&
        name === 'semver' &&
        locations.some(({ path }) => path.startsWith('usr/share/nodejs/')),
    );

    expect(semver?.ownedBy).toBe('node-semver');
  });

  it('has the modules that go version -m lists of a program', async () => {
    const path = 'srv/app/node_modules/@esbuild/linux-x64/bin/esbuild';
    // Recorded with `go version -m`, Go 1.26; asked again where there is a Go.
    const recorded = ['golang.org/x/sys v0.0.0-20220715151400-c0bba94af5f8', 'stdlib 1.23.5'];
    const listed = existsSync(go)
      ? modulesOf(await runProgram(go, ['version', '-m', join(root, path)]))
      : recorded;

    expect(listed).toEqual(recorded);
    expect(found((one) => one.type === 'golang' && isIn(one, path))).toEqual(listed);
  });

  it('has the coordinates of every pom.properties in every jar', async () => {
    const script = `
import glob, re, zipfile
for jar in sorted(glob.glob('/usr/share/java/*.jar')):
    with zipfile.ZipFile(jar) as archive:
        for name in archive.namelist():
            if re.match('META-INF/maven/.*/pom.properties$', name):
                lines = archive.read(name).decode().splitlines()
                fields = dict(line.split('=', 1) for line in lines if '=' in line)
                print(fields['groupId'] + ':' + fields['artifactId'], fields['version'])
`;
    const text = await runProgram('chroot', [root, '/usr/bin/python3', '-c', script]);
    const listed = [...new Set(text.trim().split('\n'))].sort();

    expect(listed).toContainEqual(expect.stringMatching(/^org\.apache\.commons:commons-lang3 3\./));
    expect(listed).toContainEqual(expect.stringMatching(/^com\.google\.code\.gson:gson 2\./));
    expect(found(({ type, name }) => type === 'maven' && name.includes(':'))).toEqual(listed);
  });

  it('names the programs of Debian by their versions, each owned by its Debian package', async () => {
    const version = async (program: string, ...args: string[]) =>
      /\d+\.\d+\.\d+/.exec(await runProgram('chroot', [root, program, ...args]))?.[0];
    const owned = Object.fromEntries(
      inventory.packages
        .filter(({ type }) => type === 'generic')
        .map(({ name, version: told, ownedBy }) => [name, [told, ownedBy !== undefined]]),
    );

    expect(owned).toMatchObject({
      bash: [await version('/bin/bash', '--version'), true],
      perl: [await version('/usr/bin/perl', '-e', 'print $^V'), true],
      python: [await version('/usr/bin/python3', '--version'), true],
      ruby: [await version('/usr/bin/ruby', '--version'), true],
      node: [await version('/usr/bin/node', '--version'), true],
    });
  });

  it.each(inventoryFormats.map(({ id }) => id).filter((id) => id !== 'json'))(
    'is described in %s as the official schema wants it',
    (id) => {
      if (id.endsWith('-xml') && !isXmlValidated) return;
      const format = inventoryFormats.find((one) => one.id === id)!;
      const text = format.write(inventory, { imageName: 'golden', createdAt: new Date(0) });

      expect(schemaErrors(id, text)).toBeNull();
      // Where the format is XML, an ampersand is written by name.
      const written = text.replaceAll('&amp;', '&');
      expect(inventory.packages.filter(({ purl }) => !written.includes(purl))).toEqual([]);
    },
  );

  it('has for every package a purl that the official library reads, with its layer, its places and how it is known', () => {
    const [layer] = inventory.layers;
    for (const found of inventory.packages) {
      const purl = PackageURL.fromString(found.purl);
      const epoch = purl.qualifiers?.['epoch'];
      expect(purl.toString()).toBe(found.purl);
      expect(purl.type).toBe(found.type);
      expect(epoch === undefined ? purl.version : `${epoch}:${purl.version}`).toBe(found.version);
      expect(found.name.endsWith(purl.name) || purl.type === 'pypi').toBe(true);
      expect(found.layer).toBe(layer!.digest);
      expect(found.locations).not.toEqual([]);
      expect(found.evidence).toMatch(/^(?:installed|declared|binary)$/);
    }
    expect(new Set(inventory.packages.map(({ purl }) => purl)).size).toBe(inventory.packages.length);
    expect(new Set(inventory.packages.map(({ type }) => type))).toEqual(
      new Set(['deb', 'gem', 'generic', 'golang', 'maven', 'npm', 'pypi']),
    );
  });
});

/** `go1.23.5` on the first line, then `dep` and a module between tabs. */
function modulesOf(text: string): string[] {
  const [, version] = /: go(\S+)/.exec(text) ?? [];
  const modules = [...text.matchAll(/^\tdep\t(\S+)\t(\S+)/gm)].map(
    ([, path, release]) => `${path} ${release}`,
  );
  return [...modules, `stdlib ${version}`].sort();
}
