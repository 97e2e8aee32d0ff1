import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/reference/registry-safety.md'), 'utf8');

/** Every test that the page names: file, and how its title begins. */
const named = [...page.matchAll(/`([^`]+\.(?:test|conformance)\.ts)`: (\*[^*]+\*(?:, \*[^*]+\*)*)/g)].flatMap(
  ([, file = '', titles = '']) => [...titles.matchAll(/\*([^*]+)\*/g)].map(([, title = '']) => [file, title]),
);

it('names tests that are there, in a row for each rule', () => {
  const missing = named.filter(([file = '', title = '']) => {
    const path = join(root, file.startsWith('e2e/') ? '' : 'packages/registry/src', file);
    return !existsSync(path) || !readFileSync(path, 'utf8').includes(`'${title}`);
  });
  const rows = page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| rule'));

  expect(missing).toEqual([]);
  expect(named.length).toBeGreaterThan(30);
  for (const row of rows) expect(row).toMatch(/\.ts`: \*/);
});
