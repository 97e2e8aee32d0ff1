import type { OsRelease } from '@plimsoll/contracts';
import { expect, it } from 'vitest';
import type { FileFacts, PackageFact } from '../layers/layer-facts.ts';
import { PathTree } from '../layers/path-tree.ts';
import type { MergedFile } from '../merge/merge-layers.ts';
import type { AttachedDocument } from './list-sboms.ts';
import { listPackages } from './list-packages.ts';

function purlsOf(files: Record<string, FileFacts>, os: OsRelease | null = null) {
  return list(files, os).map(({ purl }) => purl);
}

function list(
  files: Record<string, FileFacts>,
  os: OsRelease | null = null,
  attached: AttachedDocument[] = [],
) {
  const tree = new PathTree<MergedFile>();
  for (const [path, facts] of Object.entries(files)) {
    tree.set(path, { facts, layer: 0, since: (facts.packages ?? []).map(() => 0) });
  }
  return listPackages(tree, os, [`sha256:${'0'.repeat(64)}`], attached).packages;
}

const installed = (name: string, nestedIn?: string): PackageFact => ({
  type: 'pypi',
  name,
  version: '2',
  evidence: 'installed',
  ...(nestedIn && { nestedIn }),
});
const declared = (name: string): PackageFact => ({ type: 'pypi', name, version: '1', evidence: 'declared' });

it('lists a declared package while none of its name is installed in the image', () => {
  const purls = purlsOf({
    'usr/lib/a': { packages: [installed('typing_extensions'), installed('wheel', 'setuptools')] },
    'app/poetry.lock': {
      packages: [declared('typing-extensions'), declared('wheel'), declared('rich')],
      yieldsToInstalled: true,
    },
  });

  expect(purls).toEqual([
    'pkg:pypi/rich@1',
    'pkg:pypi/typing-extensions@2',
    'pkg:pypi/wheel@1',
    'pkg:pypi/wheel@2',
  ]);
});

it.each([
  ['maven', 'org.apache.logging.log4j:log4j-core', 'pkg:maven/org.apache.logging.log4j/log4j-core@1'],
  ['golang', 'github.com/Masterminds/semver/v3', 'pkg:golang/github.com/Masterminds/semver/v3@1'],
  ['composer', 'symfony/http-kernel', 'pkg:composer/symfony/http-kernel@1'],
  ['swift', 'github.com/vapor/vapor', 'pkg:swift/github.com/vapor/vapor@1'],
  ['rpm', 'bash', 'pkg:rpm/redhat/bash@1'],
])('writes the purl of a package of type %s', (type, name, purl) => {
  const packages: PackageFact[] = [{ type, name, version: '1', evidence: 'installed' }];

  expect(purlsOf({ a: { packages } })).toEqual([purl]);
});

it('tells of an rpm its epoch and module, in the purl as qualifiers', () => {
  const bundle: PackageFact = {
    type: 'rpm',
    name: 'nodejs',
    version: '1:16.20.1-1.module+el8',
    arch: 'x86_64',
    modularity: 'nodejs:16:8080:abc',
    evidence: 'installed',
  };
  const tree = new PathTree<MergedFile>();
  tree.set('var/lib/rpm/Packages', { facts: { packages: [bundle] }, layer: 0, since: [0] });

  const { packages } = listPackages(tree, { id: 'almalinux', versionId: '8.8' }, [
    `sha256:${'0'.repeat(64)}`,
  ]);

  expect(packages).toMatchObject([
    {
      purl: 'pkg:rpm/almalinux/nodejs@16.20.1-1.module+el8?arch=x86_64&distro=almalinux-8.8&epoch=1&rpmmod=nodejs%3A16%3A8080%3Aabc',
      version: '1:16.20.1-1.module+el8',
      modularity: 'nodejs:16:8080:abc',
    },
  ]);
});

const claimed = (name: string, more: Partial<PackageFact> = {}): PackageFact => ({
  type: 'pypi',
  name,
  version: '9',
  evidence: 'sbom',
  ...more,
});
const digest = `sha256:${'d'.repeat(64)}`;
const attached = (...packages: PackageFact[]): AttachedDocument => ({
  sbom: { source: 'referrer', digest, format: 'spdx', trust: 'unsigned' },
  facts: { packages },
});

it('lists what only documents claim, and says which documents do', () => {
  const packages = list({ 'sbom/a.json': { packages: [claimed('flask'), claimed('jinja2')] } }, null, [
    attached(claimed('flask'), claimed('click')),
  ]);

  expect(packages).toMatchObject([
    { name: 'click', evidence: 'sbom', claimedBy: [digest], locations: [] },
    {
      name: 'flask',
      evidence: 'sbom',
      claimedBy: [digest, 'sbom/a.json'],
      locations: [{ path: 'sbom/a.json' }],
    },
    { name: 'jinja2', evidence: 'sbom', claimedBy: ['sbom/a.json'] },
  ]);
  expect(packages[0]).not.toHaveProperty('layer');
  expect(packages[1]).toHaveProperty('layer');
});

it('believes the image rather than a document about it', () => {
  const packages = list(
    {
      'usr/lib/a': { packages: [installed('Flask')] },
      'app/poetry.lock': { packages: [declared('rich')], yieldsToInstalled: true },
      'sbom/a.json': { packages: [claimed('flask')] },
    },
    null,
    [attached(claimed('flask'), claimed('rich'))],
  );

  expect(packages.map(({ purl, evidence, claimedBy }) => [purl, evidence, claimedBy])).toEqual([
    ['pkg:pypi/flask@2', 'installed', undefined],
    ['pkg:pypi/rich@1', 'declared', undefined],
  ]);
});

it('does not list claims of packages of another distribution', () => {
  const system = (name: string, claimedVendor?: string) =>
    claimed(name, { type: 'deb', ...(claimedVendor && { claimedVendor }) });
  const files = { 'a.spdx.json': { packages: [system('curl', 'ubuntu'), system('zlib', 'debian')] } };

  expect(purlsOf(files, { id: 'debian', versionId: '12' })).toEqual([
    'pkg:deb/debian/zlib@9?distro=debian-12',
  ]);
  expect(purlsOf(files)).toEqual(['pkg:deb/debian/zlib@9', 'pkg:deb/ubuntu/curl@9']);
});

it('knows distributions by the names that purls have for them', () => {
  const openssl = claimed('openssl', { type: 'rpm', claimedVendor: 'redhat' });
  const files = { 'a.spdx.json': { packages: [openssl] } };

  expect(purlsOf(files, { id: 'rhel' })).toEqual(['pkg:rpm/rhel/openssl@9?distro=rhel']);
  // An os-release may hold any word.
  expect(purlsOf(files, { id: 'constructor' })).toEqual([]);
});

it('lists an archive whose group nobody knows by its hash', () => {
  const sha1 = 'a94a8fe5ccb19ba61c4c0873d391e987982fbbd3';
  const archive = { type: 'generic', name: 'tool', version: 'unknown', evidence: 'installed', sha1 } as const;

  expect(purlsOf({ 'lib/tool.jar': { packages: [archive] } })).toEqual([
    `pkg:generic/tool@unknown?checksum=sha1%3A${sha1}`,
  ]);
});

it.each([
  ['two packages', ['usr/bin/perl', 'usr/lib/libperl.so.5.36'], ['libperl5.36', ['perl-base']]],
  ['one package', ['usr/bin/perl'], ['perl-base', undefined]],
  ['a package and the application', ['usr/bin/perl', 'opt/perl'], [undefined, undefined]],
])('says of a program whose copies belong to %s who owns it', (_what, places, owners) => {
  const perl: PackageFact = { type: 'generic', name: 'perl', version: '5.36.0', evidence: 'binary' };
  const [found] = list({
    'var/lib/dpkg/info/perl-base.list': { owns: [{ package: 'perl-base', paths: ['usr/bin/perl'] }] },
    'var/lib/dpkg/info/libperl5.36.list': {
      owns: [{ package: 'libperl5.36', paths: ['usr/lib/libperl.so.5.36'] }],
    },
    ...Object.fromEntries(places.map((path) => [path, { packages: [perl] }])),
  });

  expect([found?.ownedBy, found?.alsoOwnedBy]).toEqual(owners);
});

it('does not say who owns a package of which more packages hold copies than an inventory names', () => {
  const copies = Array.from({ length: 25 }, (_, index) => `usr/lib/${index}/METADATA`);
  const lists = copies.map((path, index): [string, FileFacts] => [
    `var/lib/dpkg/info/p${index}.list`,
    { owns: [{ package: `p${index}`, paths: [path] }] },
  ]);
  const [found] = list(
    Object.fromEntries([
      ...lists,
      ...copies.map((path): [string, FileFacts] => [path, { packages: [installed('six')] }]),
    ]),
  );

  expect(found?.ownedBy).toBeUndefined();
});
