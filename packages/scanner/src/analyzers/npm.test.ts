import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { npm } from './npm.ts';

function read(path: string, document: unknown) {
  const bytes = Buffer.isBuffer(document) ? document : Buffer.from(JSON.stringify(document));
  const warnings: string[] = [];
  const facts = npm.read({ path, bytes, proves: () => false, warn: (text) => warnings.push(text) });
  return { ...facts, warnings };
}

function lockfile(name: string) {
  const { packages } = read(
    'app/package-lock.json',
    readFileSync(join(import.meta.dirname, '../../data', name)),
  );
  return packages?.map(({ name, version }) => `${name}@${version}`).sort();
}

it('lists what a lockfile of version 1 declares, aliases by their real name', () => {
  expect(lockfile('package-lock-v1.json')).toEqual([
    '@babel/runtime@7.14.0',
    'debug@2.6.9',
    'express@4.17.1',
    'new-name@2.0.0',
  ]);
});

it('lists what a lockfile of version 2 declares', () => {
  expect(lockfile('package-lock-v2.json')).toEqual(['debug@2.6.9', 'express@4.17.1']);
});

it('lists what a lockfile of version 3 declares, without workspaces, links and development', () => {
  expect(lockfile('package-lock-v3.json')).toEqual([
    '@babel/runtime@7.14.0',
    'debug@2.6.9',
    'debug@4.3.4',
    'express@4.17.1',
    'new-name@2.0.0',
  ]);
});

it('says where packages would be installed that a lockfile declares', () => {
  expect(read('app/package-lock.json', {}).unlessInstalledIn).toBe('app/node_modules');
  expect(read('package-lock.json', {}).unlessInstalledIn).toBe('node_modules');
});

it('reads an installed package, also one with a byte order mark', () => {
  const bytes = Buffer.from('\uFEFF{"name": "@babel/core", "version": "7.24.0"}');

  const { packages } = read('app/node_modules/@babel/core/package.json', bytes);

  expect(packages).toEqual([{ type: 'npm', name: '@babel/core', version: '7.24.0', evidence: 'installed' }]);
});

it('marks what npm itself brings, but not npm', () => {
  const inside = read('usr/lib/node_modules/npm/node_modules/semver/package.json', {
    name: 'semver',
    version: '7.5.4',
  });
  const itself = read('usr/lib/node_modules/npm/package.json', { name: 'npm', version: '10.8.2' });

  expect(inside.packages).toMatchObject([{ nestedIn: 'npm' }]);
  expect(itself.packages).toEqual([{ type: 'npm', name: 'npm', version: '10.8.2', evidence: 'installed' }]);
});

it('takes a manifest without name and version for no package', () => {
  expect(read('node_modules/a/esm/package.json', { type: 'module' }).packages).toBeUndefined();
});

it.each([
  ['app/node_modules/which/package.json', true],
  ['app/node_modules/@scope/test/package.json', true],
  ['app/node_modules/test/package.json', true],
  ['app/node_modules/.pnpm/a@1.0.0/node_modules/a/package.json', true],
  ['app/node_modules/a/vendor/b/package.json', true],
  ['app/node_modules/a/test/b/package.json', false],
  ['app/node_modules/a/test/node_modules/b/package.json', true],
  ['app/my_node_modules/a/package.json', false],
  ['app/package.json', false],
  ['app/npm-shrinkwrap.json', true],
  ['package-lock.json', true],
  ['app/my-package-lock.json', false],
])('wants %s: %s', (path, wanted) => {
  expect(npm.wants(path)).toBe(wanted);
});
