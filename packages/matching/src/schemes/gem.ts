import { compareDigits, compareLists, compareText } from './order.ts';
import { parsedOnce } from './parsed-once.ts';
import type { Scheme } from './scheme.ts';

/** RubyGems' order (Gem::Version): segments of digits or letters, letters first, trailing zeros dropped. */
export const gem: Scheme = {
  id: 'gem',
  compare: (a, b) => compareLists(parse(a), parse(b), '0', compareSegments),
  isReadable: (version) => /^\s*\d/.test(version),
};

const parse = parsedOnce((version: string): string[] => {
  const segments = version.replaceAll('-', '.pre.').match(/\d+|[a-zA-Z]+/g) ?? [];
  const firstWord = segments.findIndex((segment) => !isNumber(segment));
  const numbers = firstWord < 0 ? segments : segments.slice(0, firstWord);
  return [
    ...withoutTrailingZeros(numbers),
    ...(firstWord < 0 ? [] : withoutTrailingZeros(segments.slice(firstWord))),
  ];
});

function compareSegments(a: string, b: string): number {
  if (isNumber(a) && isNumber(b)) return compareDigits(a, b);
  return Number(isNumber(a)) - Number(isNumber(b)) || compareText(a, b);
}

function withoutTrailingZeros(segments: readonly string[]): readonly string[] {
  return segments.slice(0, segments.findLastIndex((segment) => !/^0+$/.test(segment)) + 1);
}

function isNumber(segment: string): boolean {
  return /^\d/.test(segment);
}
