import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { array, assert, constantFrom, oneof, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { schemes, type Scheme } from './index.ts';

/** Comparisons that ship with the source, `A < B` per line. */
const ownLines = join(import.meta.dirname, '../../data/versions');
/** Golden lines of google/osv-scalibr, when the checkout has them beside it. */
const goldenLines = join(import.meta.dirname, '../../../../../shared/version-fixtures');

/** Golden files by scheme. */
const golden: Readonly<Record<keyof typeof schemes, readonly string[]>> = {
  deb: ['debian-versions.txt', 'debian-versions-generated.txt'],
  apk: ['alpine-versions.txt', 'alpine-versions-generated.txt'],
  rpm: ['redhat-versions.txt'],
  pep440: ['pypi-versions.txt', 'pypi-versions-generated.txt'],
  maven: ['maven-versions.txt', 'maven-versions-generated.txt'],
  gem: ['rubygems-versions.txt', 'rubygems-versions-generated.txt'],
  nuget: ['nuget-versions.txt'],
  composer: ['packagist-versions.txt', 'packagist-versions-generated.txt'],
  dotted: ['cran-versions.txt', 'cran-versions-generated.txt', 'hackage-versions.txt'],
  semver: ['semver-versions.txt'],
  pub: ['pub-versions.txt'],
};

/** The golden lines that are not followed, each with the reason. */
const notFollowedOnPurpose: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'alpine-versions.txt': {
    '1-r0-1 = 1-r-2': 'nothing may follow the -r of an apk version; apk refuses all of them',
    '1-r0-1 = 1-r0-2': 'the same',
    '1-ruff2 = 1-ruff1': 'the same',
    '1-ruff2 = 1--ruff1': 'the same',
    '1-r0-ruff2 = 1-r0-ruff1': 'the same',
  },
  'packagist-versions.txt': {
    '1.2.3.# = 1.2.3': 'Composer refuses versions with a #',
    '1.2.3.# = 1.2.3.1': 'the same',
    '1.2.3.#.1 > 1.2.3': 'the same',
    '1.2.3.#.p3 > 1.2.3': 'the same',
  },
  'packagist-versions-generated.txt': {
    'v1.9.0-ALPHA.1 = v1.9.0-BETA.1':
      'made with PHP, which knows only lower-case words; Composer lowers the case before it compares',
    'v1.9.0-BETA.1 < v1.9.0-ALPHA.2': 'the same',
    'v1.9.0-ALPHA.2 = v1.9.0-BETA.2': 'the same',
  },
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

  for (const file of golden[id as keyof typeof schemes]) {
    const path = join(goldenLines, file);
    const expected = Object.entries(notFollowedOnPurpose[file] ?? {});
    it.skipIf(!existsSync(path))(`follows ${file} but for ${expected.length} lines`, () => {
      const { lines, total } = notFollowed(scheme, path);
      const reasons = expected.map(([line, reason]) => `  not followed: ${line} (${reason})\n`);
      process.stdout.write(`${file}: ${total - lines.length} of ${total} lines\n${reasons.join('')}`);

      expect(lines.toSorted()).toEqual(expected.map(([line]) => line).toSorted());
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
