import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

/** Who may import whom among our own packages. A new arrow is a decision: add it here and in docs/architecture.md. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  runtime: [],
  policy: ['contracts'],
  matching: ['contracts'],
  advisories: ['contracts', 'runtime'],
  registry: ['contracts', 'runtime'],
  scanner: ['contracts'],
  sbom: ['contracts'],
  tunnel: ['contracts', 'runtime'],
  'local-postgres': [],
  testkit: ['contracts', 'local-postgres'],
  agent: ['contracts', 'registry', 'scanner', 'runtime'],
  'broker-client': ['contracts', 'tunnel', 'runtime'],
  platform: ['contracts', 'policy', 'matching', 'advisories', 'sbom', 'tunnel', 'runtime'],
  web: ['contracts'],
  standalone: [
    'contracts',
    'platform',
    'broker-client',
    'agent',
    'registry',
    'scanner',
    'sbom',
    'advisories',
    'local-postgres',
    'runtime',
    'testkit',
  ],
};

const importedName = /(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g;

function imports(file: string): string[] {
  return [...readFileSync(join(root, file), 'utf8').matchAll(importedName)].map((match) => match[1] ?? '');
}

const sources = globSync('{apps,packages}/*/src/**/*.{ts,tsx}', { cwd: root });

it('has an arrow list for every package', () => {
  const packages = new Set(sources.map((file) => file.split('/')[1]));

  expect(packages).toEqual(new Set(Object.keys(arrows)));
});

it('imports only along the arrows', () => {
  const wrong = sources.flatMap((file) => {
    const from = file.split('/')[1] ?? '';
    // Helpers of tests are called testing-*, the shared tests of families *.conformance.ts.
    const isTest = /\.(?:test|conformance)\.tsx?$|\/testing-[^/]+\.tsx?$/.test(file);
    return imports(file)
      .flatMap((name) => /^@plimsoll\/([^/]+)/.exec(name)?.[1] ?? [])
      .filter((to) => to !== from && !(arrows[from] ?? []).includes(to) && !(isTest && to === 'testkit'))
      .map((to) => `${file}: ${from} -> ${to}`);
  });

  expect(wrong).toEqual([]);
});

it('goes through the front door of a package only', () => {
  const wrong = sources.flatMap((file) =>
    imports(file)
      .filter((name) => /^@plimsoll\/[^/]+\/./.test(name) || /\.\.\/(?:apps|packages)\//.test(name))
      .map((name) => `${file}: ${name}`),
  );

  expect(wrong).toEqual([]);
});

it('reads the environment only in config and main files', () => {
  const wrong = sources.filter(
    (file) =>
      /process\.env/.test(readFileSync(join(root, file), 'utf8')) &&
      !/(?:main|config)\.ts$|\.test\.tsx?$|^packages\/testkit|^apps\/standalone/.test(file),
  );

  expect(wrong).toEqual([]);
});
