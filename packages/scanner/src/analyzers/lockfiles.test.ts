import { basename } from 'node:path';
import { expect, it } from 'vitest';
import { analyzers } from './index.ts';
import { fixture, readFile } from './testing-read.ts';

/** By lockfile of `data/locks`: what it declares, without development, and without what comes from git or a path. */
const declared: readonly (readonly [file: string, type: string, packages: readonly string[]])[] = [
  ['requirements.txt', 'pypi', ['flask 2.0.1', 'Jinja2 3.0.1', 'requests 2.25.1', 'click 8.0.0']],
  ['Pipfile.lock', 'pypi', ['certifi 2021.5.30', 'django 3.2.4']],
  ['poetry.lock', 'pypi', ['certifi 2024.2.2', 'internal 1.2.0']],
  ['pdm.lock', 'pypi', ['idna 3.6']],
  ['uv.lock', 'pypi', ['httpx 0.27.0']],
];

it.each(declared)('lists what %s declares', (file, type, packages) => {
  const path = `app/${basename(file)}`;
  const analyzer = analyzers.find((candidate) => candidate.wants(path))!;

  const { facts, names, warnings } = readFile(analyzer, path, fixture(`locks/${file}`));

  expect(names).toEqual(packages);
  expect(new Set(facts.packages?.map((fact) => `${fact.type} ${fact.evidence}`))).toEqual(
    new Set([`${type} declared`]),
  );
  expect(warnings).toEqual([]);
});

it.each(declared)('leaves %s alone where an installed package brought it', (file) => {
  const path = `usr/lib/python3/site-packages/some/${basename(file)}`;

  expect(analyzers.filter((analyzer) => analyzer.wants(path))).toEqual([]);
});
