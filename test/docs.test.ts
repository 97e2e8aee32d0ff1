import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const pages = globSync('{*.md,docs/**/*.md,{apps,packages}/*/README.md}', { cwd: root });

it('links only to what is there', () => {
  const broken = pages.flatMap((page) => {
    const text = readFileSync(join(root, page), 'utf8');
    return [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
      .map((match) => match[1] ?? '')
      .filter((link) => !/^[a-z]+:/.test(link) && !existsSync(join(root, dirname(page), link)))
      .map((link) => `${page}: ${link}`);
  });

  expect(broken).toEqual([]);
});

it('has a README that fits on a screen for every package', () => {
  const packages = globSync('{apps,packages}/*/package.json', { cwd: root }).map((file) => dirname(file));
  const missing = packages.filter((folder) => !existsSync(join(root, folder, 'README.md')));

  expect(missing).toEqual([]);
});
