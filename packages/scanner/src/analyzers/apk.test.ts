import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { apk } from './apk.ts';
import { fixture } from './testing-read.ts';

function read(bytes: Buffer) {
  const warnings: string[] = [];
  const proves = (path: string) => path.endsWith('/package.json');
  const facts = apk.read({
    path: 'lib/apk/db/installed',
    bytes,
    proves,
    warn: (text) => warnings.push(text),
  });
  return { ...facts, warnings };
}

it('reads packages with their origin, and the files that prove other packages', () => {
  const bytes = readFileSync(join(import.meta.dirname, '../../data/alpine-3.20-installed'));

  const { packages, owns, warnings } = read(bytes);

  expect(packages?.map(({ name, version, sourceName }) => [name, version, sourceName])).toEqual([
    ['alpine-baselayout-data', '3.6.5-r0', 'alpine-baselayout'],
    ['busybox-binsh', '1.36.1-r29', 'busybox'],
    ['musl', '1.2.5-r0', undefined],
    ['npm', '10.9.1-r0', undefined],
  ]);
  expect(owns).toEqual([
    {
      package: 'npm',
      paths: [
        'usr/lib/node_modules/npm/package.json',
        'usr/lib/node_modules/npm/node_modules/semver/package.json',
      ],
    },
  ]);
  expect(warnings).toEqual([]);
});

it('names records that it cannot use and reads the others', () => {
  const { packages, warnings } = read(Buffer.from('P:a\n\nP:b\nV:1-r0\n\n'));

  expect(packages).toMatchObject([{ name: 'b', version: '1-r0' }]);
  expect(warnings).toEqual(['1 records have no usable package name or version']);
});

it('reads from the database of a real base image what its lines tell by themselves', () => {
  const { packages, warnings } = read(fixture('alpine-base-installed'));

  const found = packages!.map(
    ({ name, version, arch, sourceName }) => `${name} ${version} ${arch} ${sourceName ?? name}`,
  );
  expect(found.sort()).toEqual(fixture('alpine-base-installed.txt').toString().trimEnd().split('\n'));
  expect(warnings).toEqual([]);
});
