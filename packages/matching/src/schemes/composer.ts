import { compareDigits, compareLists, compareText } from './order.ts';
import { parsedOnce } from './parsed-once.ts';
import type { Scheme } from './scheme.ts';

/**
 * Composer's order: PHP's version_compare on lower-case text. Words it does not know come first, then `dev alpha beta
 * rc`, the plain version, a further number, `p`.
 */
export const composer: Scheme = {
  id: 'composer',
  compare: (a, b) => compareLists(parse(a), parse(b), '', compareParts),
  isReadable: (version) => /^\s*v?\d/i.test(version),
};

const parse = parsedOnce((version: string): string[] => {
  const text = version
    .trim()
    .toLowerCase()
    .replace(/^v(?=\d)/, '');
  return text.match(/\d+|[^\d._+-]+/g) ?? [];
});

const endRank = 4;
const numberRank = 4.5;
/** PHP looks only at how a word begins: `pl`, `patch` and `post` are all `p`. */
const ranks: readonly (readonly [start: string, rank: number])[] = [
  ['dev', 0],
  ['a', 1],
  ['b', 2],
  ['rc', 3],
  ['p', 5],
];

function compareParts(a: string, b: string): number {
  const [x, y] = [rank(a), rank(b)];
  if (x !== y) return x < y ? -1 : 1;
  if (x === numberRank) return compareDigits(a, b);
  return x < 0 ? compareText(a, b) : 0;
}

function rank(part: string): number {
  if (part === '') return endRank;
  if (/^\d/.test(part)) return numberRank;
  return ranks.find(([start]) => part.startsWith(start))?.[1] ?? -1;
}
