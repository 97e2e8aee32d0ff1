import { array, assert, constantFrom, integer, property, record, string } from 'fast-check';
import { expect, it } from 'vitest';
import type { PackageContext } from '../package-context.ts';
import { isInVersRange } from './vers-range.ts';
import { purlName } from './read-purl.ts';
import { purlNames, vexScope, type VexAbout } from './vex-scope.ts';

const tar: PackageContext = {
  id: 1,
  purl: 'pkg:deb/debian/tar@1.34%2Bdfsg-1.2?arch=amd64&distro=debian-12',
  type: 'deb',
  name: 'tar',
  version: '1.34+dfsg-1.2',
  arch: 'amd64',
  sourceName: '',
  sourceVersion: '',
  modularity: '',
  distro: 'debian:12',
  owned: false,
};
const libc: PackageContext = {
  ...tar,
  purl: 'pkg:deb/debian/libc6@2.36-9%2Bb1?arch=amd64&distro=debian-12',
  name: 'libc6',
  version: '2.36-9+b1',
  sourceName: 'glibc',
  sourceVersion: '2.36-9',
};
const core: PackageContext = {
  ...tar,
  purl: 'pkg:npm/%40angular/core@1.2.0',
  type: 'npm',
  name: '@angular/core',
  version: '1.2.0',
  arch: '',
  distro: '',
};
const digest = `sha256:${'a'.repeat(64)}`;

const everywhere = { isVersioned: false };
const ofVersion = { isVersioned: true };

it.each<[string, VexAbout, PackageContext, ReturnType<typeof vexScope>]>([
  ['the same package, whatever its version', { product: 'pkg:deb/debian/tar' }, tar, everywhere],
  ['the same version', { product: 'pkg:deb/debian/tar@1.34+dfsg-1.2' }, tar, ofVersion],
  [
    'the same version, written otherwise',
    { product: 'pkg:deb/debian/tar@0:1.34%2Bdfsg-1.2' },
    tar,
    ofVersion,
  ],
  ['another version', { product: 'pkg:deb/debian/tar@1.35' }, tar, undefined],
  ['another package', { product: 'pkg:deb/debian/gzip' }, tar, undefined],
  ['another type', { product: 'pkg:apk/debian/tar' }, tar, undefined],
  ['another distribution', { product: 'pkg:deb/ubuntu/tar' }, tar, undefined],
  ['its architecture', { product: 'pkg:deb/debian/tar?arch=amd64' }, tar, everywhere],
  ['another architecture', { product: 'pkg:deb/debian/tar?arch=arm64' }, tar, undefined],
  ['its release by name', { product: 'pkg:deb/debian/tar?distro=bookworm' }, tar, everywhere],
  ['its release by number', { product: 'pkg:deb/debian/tar?os_name=debian&os_version=12' }, tar, everywhere],
  ['another release', { product: 'pkg:deb/debian/tar?distro=trixie' }, tar, undefined],
  ['another release by number', { product: 'pkg:deb/debian/tar?distro=debian-11' }, tar, undefined],
  ['a release that is not understood', { product: 'pkg:deb/debian/tar?distro=somewhat' }, tar, undefined],
  ['the source of a package', { product: 'pkg:deb/debian/glibc@2.36-9?arch=source' }, libc, ofVersion],
  ['the source by the name of a binary', { product: 'pkg:deb/debian/libc6?arch=source' }, libc, undefined],
  ['a binary that is called like the source', { product: 'pkg:deb/debian/glibc' }, libc, undefined],
  ['a scoped package', { product: 'pkg:npm/@angular/core@v1.2.0' }, core, ofVersion],
  [
    'a range with the version',
    { product: 'pkg:npm/%40angular/core', versions: 'vers:npm/<2' },
    core,
    ofVersion,
  ],
  ['a range without it', { product: 'pkg:npm/%40angular/core', versions: 'vers:npm/>=2' }, core, undefined],
  ['an image by digest', { product: `pkg:oci/web@${digest}?tag=1` }, tar, { digest, isVersioned: true }],
  [
    'a package in an image by repository and tag',
    {
      product: 'pkg:oci/web?repository_url=registry.example.com/shop/web&tag=1',
      component: 'pkg:deb/debian/tar',
    },
    tar,
    { repository: 'shop/web', tag: '1', isVersioned: true },
  ],
  ['an image by name', { product: 'pkg:oci/shop%2Fweb' }, tar, { imageName: 'shop/web', isVersioned: false }],
  [
    'an image as docker names it',
    { product: 'pkg:docker/shop/web@1.2' },
    tar,
    { imageName: 'shop/web', tag: '1.2', isVersioned: true },
  ],
  [
    'another package in an image',
    { product: 'pkg:oci/web', component: 'pkg:deb/debian/gzip' },
    tar,
    undefined,
  ],
  ['a component of no image', { product: 'pkg:maven/a/b', component: 'pkg:deb/debian/tar' }, tar, undefined],
  ['no purl', { product: 'cpe:/o:debian' }, tar, undefined],
])('tells whether a statement is about a package: %s', (_case, about, pkg, expected) => {
  expect(vexScope(about, pkg)).toEqual(expected);
});

it('names packages as they are stored', () => {
  expect(purlName('pkg:npm/@angular/core@1?x=y#z')).toBe('pkg:npm/%40angular/core');
  expect(purlName('tar')).toBeUndefined();
  expect(purlNames(libc)).toEqual(['pkg:deb/debian/libc6', 'pkg:deb/debian/glibc']);
});

it.each([
  ['vers:npm/1.0.0', '1.0.0', true],
  ['vers:npm/1.0.0', '1.0.1', false],
  ['vers:npm/>=1.0.0|<2.0.0', '1.9.9', true],
  ['vers:npm/>=1.0.0|<2.0.0', '2.0.0', false],
  ['vers:npm/<1.0.0|>=2.0.0|<3.0.0', '0.1.0', true],
  ['vers:npm/<1.0.0|>=2.0.0|<3.0.0', '1.5.0', false],
  ['vers:npm/<1.0.0|>=2.0.0|<3.0.0', '2.5.0', true],
  ['vers:npm/>=1.0.0|!=1.5.0', '1.5.0', false],
  ['vers:npm/>=1.0.0|!=1.5.0', '1.6.0', true],
  ['vers:deb/<=1.34%2Bdfsg-1', '1.34+dfsg-1', true],
  ['vers:deb/*', '1', true],
  ['vers:unknown/<1', '0', false],
  ['<1', '0', false],
])('%s and %s', (range, version, expected) => {
  expect(isInVersRange(range, version)).toBe(expected);
});

it('agrees with integers compared one by one', () => {
  const bound = record({
    comparator: constantFrom('<', '<=', '>', '>='),
    version: integer({ min: 0, max: 9 }),
  });
  assert(
    property(bound, bound, integer({ min: 0, max: 9 }), (one, other, version) => {
      const holds = ({ comparator, version: limit }: typeof one) =>
        ({ '<': version < limit, '<=': version <= limit, '>': version > limit, '>=': version >= limit })[
          comparator
        ];
      const [low, high] = one.version <= other.version ? [one, other] : [other, one];
      const range = `vers:semver/${low.comparator}${low.version}|${high.comparator}${high.version}`;
      const isInside = low.comparator.startsWith('>') && high.comparator.startsWith('<');
      // Only ranges that are in order and do not overlap mean anything.
      if (low.version === high.version || (!isInside && low.comparator[0] === high.comparator[0])) return;
      const expected = isInside ? holds(low) && holds(high) : holds(low) || holds(high);
      expect(isInVersRange(range, String(version))).toBe(expected);
    }),
  );
});

it('reads any text', () => {
  assert(
    property(string(), array(string(), { maxLength: 2 }), (text, [component, versions]) => {
      for (const product of [text, `pkg:deb/${text}`, `pkg:oci/${text}`]) {
        vexScope({ product, component, versions: versions && `vers:deb/${versions}` }, tar);
        purlName(product);
      }
    }),
  );
});

it('knows a package of Red Hat by its vendor, its source and its module stream', () => {
  const nodejs: PackageContext = {
    ...tar,
    purl: 'pkg:rpm/rhel/nodejs-docs@1:18.1.0-1?distro=rhel-8.10',
    type: 'rpm',
    name: 'nodejs-docs',
    version: '1:18.1.0-1',
    sourceName: 'nodejs',
    modularity: 'nodejs:18:8080:1',
    distro: 'rhel:8.10',
  };
  const about = (purl: string) => vexScope({ product: purl }, nodejs);

  expect(purlNames(nodejs)).toContain('pkg:rpm/redhat/nodejs');
  expect(about('pkg:rpm/redhat/nodejs?arch=src&distro=rhel-8')).toEqual(everywhere);
  expect(about('pkg:rpm/redhat/nodejs?arch=src&rpmmod=nodejs:18&distro=rhel-8')).toEqual(everywhere);
  expect(about('pkg:rpm/redhat/nodejs?arch=src&rpmmod=nodejs:1')).toBeUndefined();
  expect(about('pkg:rpm/redhat/nodejs?arch=src&distro=rhel-9')).toBeUndefined();
  expect(about('pkg:rpm/fedora/nodejs?arch=src')).toBeUndefined();
});
