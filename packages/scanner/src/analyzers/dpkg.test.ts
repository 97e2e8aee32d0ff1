import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { dpkg } from './dpkg.ts';

function read(path: string, text: string) {
  const warnings: string[] = [];
  const proves = (candidate: string) => candidate.endsWith('/package.json');
  const facts = dpkg.read({
    path,
    bytes: Buffer.from(text),
    proves,
    warn: (message) => warnings.push(message),
  });
  return { ...facts, warnings };
}

const status = (text: string) => read('var/lib/dpkg/status', text);

it('reads name, version, architecture and source of an installed package', () => {
  const { packages } = status(
    'Package: bash\nStatus: install ok installed\nArchitecture: amd64\nSource: bash (5.2.15-2)\nVersion: 5.2.15-2+b8\n',
  );

  expect(packages).toEqual([
    {
      type: 'deb',
      name: 'bash',
      version: '5.2.15-2+b8',
      arch: 'amd64',
      sourceName: 'bash',
      sourceVersion: '5.2.15-2',
      evidence: 'installed',
    },
  ]);
});

it('tells the origin that the maker of a package names', () => {
  const { packages } = status('Package: a\nStatus: install ok installed\nVersion: 1\nOrigin: Debian\n');

  expect(packages).toMatchObject([{ name: 'a', origin: 'Debian' }]);
});

it('takes the version of the package for its source when the source names none', () => {
  const { packages } = status(
    'Package: libc6\nStatus: install ok installed\nSource: glibc\nVersion: 2.36-9\n',
  );

  expect(packages).toMatchObject([{ sourceName: 'glibc', sourceVersion: '2.36-9' }]);
});

it.each([
  ['install ok installed', 1],
  ['hold ok installed', 1],
  ['install ok triggers-pending', 1],
  ['deinstall ok config-files', 0],
  ['install ok half-installed', 0],
  ['install ok not-installed', 0],
  ['purge ok not-installed', 0],
])('counts a package with status "%s" %i times', (state, count) => {
  const { packages, warnings } = status(`Package: a\nStatus: ${state}\nVersion: 1\n`);

  expect(packages).toHaveLength(count);
  expect(warnings).toEqual([]);
});

it('is not misled by field names in a description', () => {
  const { packages } = status(
    'Package: a\nStatus: install ok installed\nDescription: short\n Package: b\n Version: 9\nVersion: 1\n\n',
  );

  expect(packages).toEqual([{ type: 'deb', name: 'a', version: '1', evidence: 'installed' }]);
});

it('names records that it cannot use and reads the others', () => {
  const { packages, warnings } = status(
    'Package: a\nVersion: 1\n\nrubbish\n\nPackage: b\nStatus: install ok installed\nVersion: 2\n',
  );

  expect(packages).toMatchObject([{ name: 'b' }]);
  expect(warnings).toEqual(['2 records have no usable package name, version or status']);
});

it('takes a package of status.d as installed, and owned files from its md5sums', () => {
  const base = read('var/lib/dpkg/status.d/base', 'Package: base-files\nVersion: 12.4\n');
  const list = read(
    'var/lib/dpkg/status.d/nodejs.md5sums',
    'd41d8cd98f00b204e9800998ecf8427e  usr/lib/node_modules/npm/package.json\n',
  );

  expect(base.packages).toMatchObject([{ name: 'base-files', version: '12.4' }]);
  expect(list.owns).toEqual([{ package: 'nodejs', paths: ['usr/lib/node_modules/npm/package.json'] }]);
});

it('keeps of a file list what proves application packages', () => {
  const { owns } = read(
    'var/lib/dpkg/info/node-ws:amd64.list',
    '/.\n/usr\n/usr/share/doc/node-ws\n/usr/lib/node_modules/ws/package.json\n',
  );

  expect(owns).toEqual([{ package: 'node-ws', paths: ['usr/lib/node_modules/ws/package.json'] }]);
});

it('takes no folder of a file list for a file', () => {
  const { owns } = read(
    'var/lib/dpkg/info/node-ws.list',
    '/usr/a/package.json\n/usr/a/package.json/x\n/usr/b/package.json\n/usr/b/package.json.bak\n',
  );

  expect(owns).toEqual([{ package: 'node-ws', paths: ['usr/b/package.json'] }]);
});

const ownStatus = '/var/lib/dpkg/status';

it.skipIf(!existsSync(ownStatus))('finds on this machine what dpkg-query finds (skipped off Debian)', () => {
  const format =
    '${db:Status-Status}\t${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n';
  const listed = execFileSync('dpkg-query', ['-W', '-f', format], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => /^(?:installed|triggers-\w+)\t/.test(line))
    .map((line) => line.split('\t').slice(1).join(' '));

  const { packages = [], warnings } = status(readFileSync(ownStatus, 'utf8'));

  const found = packages.map(
    ({ name, version, arch, sourceName, sourceVersion }) =>
      `${name} ${version} ${arch} ${sourceName ?? name} ${sourceVersion ?? version}`,
  );
  expect(found.sort()).toEqual(listed.sort());
  expect(warnings).toEqual([]);
});
