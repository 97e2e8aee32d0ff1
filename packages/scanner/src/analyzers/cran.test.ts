import { expect, it } from 'vitest';
import { cran } from './cran.ts';
import { fixture, readFile } from './testing-read.ts';

const read = (text: Buffer | string) =>
  readFile(cran, 'usr/lib/R/library/x/DESCRIPTION', text).facts.packages;

it('reads what R installed', () => {
  expect(read(fixture('digest-DESCRIPTION'))).toEqual([
    { type: 'cran', name: 'digest', version: '0.6.31', evidence: 'installed' },
  ]);
});

it('marks what comes with R itself', () => {
  const text = 'Package: stats\nVersion: 4.2.2\nPriority: base\nBuilt: R 4.2.2; x86_64-pc-linux-gnu\n';

  expect(read(text)).toMatchObject([{ name: 'stats', nestedIn: 'r' }]);
});

it('takes the source of a package for no installed one', () => {
  expect(read('Package: digest\nVersion: 0.6.31\n')).toBeUndefined();
});

it.each([
  ['usr/local/lib/R/site-library/digest/DESCRIPTION', true],
  ['opt/conda/lib/R/library/digest/DESCRIPTION', true],
  ['srv/app/renv/library/R-4.3/x86_64-pc-linux-gnu/digest/DESCRIPTION', true],
  ['srv/app/DESCRIPTION', false],
  ['usr/lib/R/library/digest/doc/a/b/DESCRIPTION', false],
])('wants %s: %s', (path, isWanted) => {
  expect(cran.wants(path)).toBe(isWanted);
});
