import { compareDigits, compareLists, compareText } from './order.ts';
import { parsedOnce } from './parsed-once.ts';
import type { Scheme } from './scheme.ts';

/**
 * The order of apk-tools (its `version.c`): numbers, one letter, suffixes, commit hash, revision. What cannot be read
 * at the end (`1.9.5p1`) is compared as text.
 */
export const apk: Scheme = {
  id: 'apk',
  compare(a, b) {
    const x = parse(a);
    const y = parse(b);
    return (
      Number(x.major !== undefined) - Number(y.major !== undefined) ||
      compareDigits(x.major ?? '0', y.major ?? '0') ||
      compareLists(x.minors, y.minors, '', compareMinors) ||
      compareText(x.letter, y.letter) ||
      compareLists(x.suffixes, y.suffixes, noSuffix, compareSuffixes) ||
      compareText(x.hash, y.hash) ||
      compareDigits(x.revision, y.revision) ||
      compareTails(x.tail, y.tail)
    );
  },
  isReadable: (version) => parse(version).major !== undefined,
};

type Suffix = { readonly rank: number; readonly number: string };

type ApkVersion = {
  readonly major: string | undefined;
  readonly minors: readonly string[];
  readonly letter: string;
  readonly suffixes: readonly Suffix[];
  readonly hash: string;
  readonly revision: string;
  /** What none of the parts could read. */
  readonly tail: string;
};

/** Before the plain version, which is 0, and after it. Words that apk does not know come first. */
const suffixRanks: Readonly<Record<string, number>> = {
  alpha: -4,
  beta: -3,
  pre: -2,
  rc: -1,
  cvs: 1,
  svn: 2,
  git: 3,
  hg: 4,
  p: 5,
};
const unknownRank = -5;
const noSuffix: Suffix = { rank: 0, number: '0' };

const parts = /^(\d+(?:\.\d+)*)?([a-z])?((?:_[a-z]+\d*)*)(?:~([0-9a-f]+))?(?:-r(\d*)(?![a-z]))?([^]*)$/;

const parse = parsedOnce((version: string): ApkVersion => {
  const [, numbers, letter = '', suffixes = '', hash = '', revision, tail = ''] = parts.exec(version) ?? [];
  if (numbers === undefined) {
    return { major: undefined, minors: [], letter: '', suffixes: [], hash: '', revision: '0', tail: version };
  }
  const [major, ...minors] = numbers.split('.');
  return {
    major,
    minors,
    letter,
    suffixes: [...suffixes.matchAll(/_([a-z]+)(\d*)/g)].map(([, word = '', number = '']) => ({
      rank: Object.hasOwn(suffixRanks, word) ? (suffixRanks[word] ?? unknownRank) : unknownRank,
      number: number || '0',
    })),
    hash,
    revision: revision || '0',
    tail,
  };
});

/** Later components with a leading zero are fractions: they compare as text, before those without. */
function compareMinors(a: string, b: string): number {
  return a.startsWith('0') || b.startsWith('0') || !a || !b ? compareText(a, b) : compareDigits(a, b);
}

function compareSuffixes(a: Suffix, b: Suffix): number {
  return Math.sign(a.rank - b.rank) || compareDigits(a.number, b.number);
}

/** A tail that begins with a dash takes something away; any other adds something. */
function compareTails(a: string, b: string): number {
  return Math.sign(tailRank(a) - tailRank(b)) || compareText(a, b);
}

function tailRank(tail: string): number {
  return tail === '' ? 0 : tail.startsWith('-') ? -1 : 1;
}
