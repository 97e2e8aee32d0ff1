import { compareDigits, compareLists, compareText } from './order.ts';
import { parsedOnce } from './parsed-once.ts';
import type { Scheme } from './scheme.ts';

/** Lists of numbers, as in CRAN and Hackage: of two equal beginnings the shorter comes first; words before numbers. */
export const dotted: Scheme = {
  id: 'dotted',
  compare: (a, b) => compareLists<string | undefined>(parse(a), parse(b), undefined, compareParts),
  isReadable: (version) => /^\d/.test(version.trim()),
};

const parse = parsedOnce((version: string): string[] => version.trim().split(/[.-]/));

function compareParts(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  const aIsNumber = /^\d+$/.test(a);
  const bIsNumber = /^\d+$/.test(b);
  if (aIsNumber && bIsNumber) return compareDigits(a, b);
  return Number(aIsNumber) - Number(bIsNumber) || compareText(a, b);
}
