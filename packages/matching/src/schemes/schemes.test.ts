import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { array, assert, constantFrom, oneof, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { schemes, type Scheme } from './index.ts';

/** Comparisons that ship with the source, `A < B` per line. */
const ownLines = join(import.meta.dirname, '../../data/versions');
/** Golden lines of google/osv-scalibr, when the checkout has them beside it. */
const goldenLines = join(import.meta.dirname, '../../../../../shared/version-fixtures');

/** Golden files by scheme, each with how many of its lines are not followed and why. */
const golden: Readonly<Record<keyof typeof schemes, Readonly<Record<string, number>>>> = {
  deb: { 'debian-versions.txt': 0, 'debian-versions-generated.txt': 0 },
  // Five compare strings that are no apk versions (`1-ruff2 = 1-ruff1`).
  apk: { 'alpine-versions.txt': 5, 'alpine-versions-generated.txt': 0 },
  rpm: { 'redhat-versions.txt': 0 },
  pep440: { 'pypi-versions.txt': 0, 'pypi-versions-generated.txt': 0 },
  maven: { 'maven-versions.txt': 0, 'maven-versions-generated.txt': 0 },
  gem: { 'rubygems-versions.txt': 0, 'rubygems-versions-generated.txt': 0 },
  nuget: { 'nuget-versions.txt': 0 },
  // Four lines hold a `#`, which no version does; three follow PHP's regard for case, which Composer has not.
  composer: { 'packagist-versions.txt': 4, 'packagist-versions-generated.txt': 3 },
  dotted: { 'cran-versions.txt': 0, 'cran-versions-generated.txt': 0, 'hackage-versions.txt': 0 },
  // Dart orders build metadata, SemVer does not.
  semver: { 'semver-versions.txt': 0, 'pub-versions.txt': 14 },
};

const parts = constantFrom(
  '0',
  '1',
  '01',
  '9',
  '10',
  '.',
  '-',
  '+',
  '~',
  ':',
  '_',
  '^',
  'a',
  'rc',
  'alpha',
  'p',
  'v',
  '-r1',
);
/** Texts that look like versions, and any others. */
const versions = oneof(
  array(parts, { maxLength: 8 }).map((list) => list.join('')),
  string({ maxLength: 12 }),
);

describe.each(Object.entries(schemes))('%s', (id, scheme) => {
  it('compares any two texts, and the other way round the opposite', () => {
    assert(
      property(versions, versions, (a, b) => {
        expect([-1, 0, 1]).toContain(scheme.compare(a, b));
        expect(scheme.compare(a, a)).toBe(0);
        expect(scheme.compare(a, b)).toBe(0 - scheme.compare(b, a));
      }),
      { numRuns: 2_000 },
    );
  });

  // Maven's own order is not transitive; see the comment on its scheme.
  it.skipIf(id === 'maven')('gives an order', () => {
    assert(
      property(versions, versions, versions, (a, b, c) => {
        const [low, middle, high] = [a, b, c].toSorted(scheme.compare) as [string, string, string];
        expect(scheme.compare(low, middle)).toBeLessThanOrEqual(0);
        expect(scheme.compare(middle, high)).toBeLessThanOrEqual(0);
        expect(scheme.compare(low, high)).toBe(
          Math.min(scheme.compare(low, middle), scheme.compare(middle, high)),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it('answers quickly for long versions', () => {
    const long = '1.'.repeat(20_000);

    expect(scheme.compare(`${long}1`, `${long}2`)).toBe(-1);
  });

  it('follows its own lines', () => {
    expect(notFollowed(scheme, join(ownLines, `${id}.txt`)).lines).toEqual([]);
  });

  for (const [file, expected] of Object.entries(golden[id as keyof typeof schemes])) {
    const path = join(goldenLines, file);
    it.skipIf(!existsSync(path))(`follows ${file} but for ${expected} lines`, () => {
      const { lines, total } = notFollowed(scheme, path);
      process.stdout.write(`${file}: ${total - lines.length} of ${total} lines\n`);

      expect(lines).toHaveLength(expected);
    });
  }
});

it('has own lines for every scheme', () => {
  expect(readdirSync(ownLines).sort()).toEqual(
    Object.keys(schemes)
      .map((id) => `${id}.txt`)
      .sort(),
  );
  if (!existsSync(goldenLines)) process.stdout.write('golden version files are not here: skipped\n');
});

function notFollowed(scheme: Scheme, path: string): { lines: string[]; total: number } {
  const all = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line && !/^(?:#|\/\/) /.test(line));
  const lines = all.filter((line) => {
    const [, a, sign, b] = /^(.*) ([<=>]) (.*)$/.exec(line) ?? [];
    if (a === undefined || b === undefined) return true;
    const expected = ['<', '=', '>'].indexOf(sign ?? '') - 1;
    return scheme.compare(a, b) !== expected || scheme.compare(b, a) !== 0 - expected;
  });
  return { lines, total: all.length };
}
