import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { python } from './python.ts';
import { fixture, readFile } from './testing-read.ts';

const sitePackages = 'usr/local/lib/python3.12/site-packages';

it('reads name and version of a wheel from the head of its metadata', () => {
  const { facts } = readFile(
    python,
    `${sitePackages}/requests-2.34.2.dist-info/METADATA`,
    fixture('requests-METADATA'),
  );

  expect(facts.packages).toEqual([
    { type: 'pypi', name: 'requests', version: '2.34.2', evidence: 'installed' },
  ]);
});

it.each([
  'usr/lib/python3/dist-packages/PyGObject-3.42.2.egg-info/PKG-INFO',
  'usr/lib/python3/dist-packages/PyGObject-3.42.2.egg-info',
  `${sitePackages}/PyGObject-3.42.2-py3.12.egg/EGG-INFO/PKG-INFO`,
])('reads an egg at %s', (path) => {
  expect(python.wants(path)).toBe(true);
  expect(readFile(python, path, fixture('PyGObject-PKG-INFO')).names).toEqual(['PyGObject 3.42.2']);
});

it('marks what setuptools carries within itself', () => {
  const path = `${sitePackages}/setuptools/_vendor/wheel-0.45.1.dist-info/METADATA`;

  const { facts } = readFile(python, path, 'Name: wheel\nVersion: 0.45.1\n');

  expect(facts.packages).toMatchObject([{ name: 'wheel', nestedIn: 'setuptools' }]);
});

it('names metadata that it cannot use', () => {
  const { facts, warnings } = readFile(python, 'a.dist-info/METADATA', 'Name: a\n\nVersion: 1\n');

  expect(facts.packages).toBeUndefined();
  expect(warnings).toHaveLength(1);
});

const debianPackages = '/usr/lib/python3/dist-packages';

it.skipIf(!existsSync(debianPackages))(
  'finds on this machine what the file names say (skipped off Debian)',
  () => {
    const paths = readdirSync(debianPackages, { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(1))
      .filter((path) => python.wants(path) && nameAndVersion.test(path));

    const found = paths.flatMap((path) => readFile(python, path, readFileSync(`/${path}`)).names ?? []);

    const named = paths
      .map((path) => nameAndVersion.exec(path)!)
      .map(([, name, version]) => `${name} ${version}`);
    expect(found.map(loose)).toEqual(named.map(loose));
  },
);

/** `name-version-py3.11.egg-info`; the name's dashes are written in either way. */
const nameAndVersion = /([^/]+?)-([^-/]+?)(?:-py[\d.]+)?\.(?:egg|dist)-info/;

function loose(text: string): string {
  return text.toLowerCase().replace(/[-_.]+/g, '-');
}
