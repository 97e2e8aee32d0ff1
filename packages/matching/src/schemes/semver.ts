import { compareDigits, compareLists, compareText } from './order.ts';
import { parsedOnce } from './parsed-once.ts';
import type { Scheme } from './scheme.ts';

/**
 * Semantic Versioning 2.0.0, lenient: a leading `v`, any number of components (missing ones are 0) and pre-releases
 * without a dash are read. Build metadata is ignored. Texts without a leading number sort before all others.
 */
export const semver: Scheme = {
  id: 'semver',
  compare(a, b) {
    const x = parse(a);
    const y = parse(b);
    if (!x.readable || !y.readable) {
      return Number(x.readable) - Number(y.readable) || compareText(x.text, y.text);
    }
    return (
      compareLists(x.components, y.components, '0', compareDigits) ||
      // A release comes after all its pre-releases.
      Number(x.preRelease.length === 0) - Number(y.preRelease.length === 0) ||
      compareLists(x.preRelease, y.preRelease, undefined, compareIdentifiers)
    );
  },
  isReadable: (version) => parse(version).readable,
};

type SemverVersion = {
  readonly readable: boolean;
  readonly text: string;
  readonly components: readonly string[];
  readonly preRelease: readonly (string | undefined)[];
};

const parse = parsedOnce((text: string): SemverVersion => {
  const [, numbers, rest] = /^[\s=]*[vV]?(\d+(?:\.\d+)*)([^]*)$/.exec(text) ?? [];
  if (numbers === undefined || rest === undefined) {
    return { readable: false, text, components: [], preRelease: [] };
  }
  const preRelease = rest
    .replace(/\+[^]*$/, '')
    .replace(/^[-._]/, '')
    .trim();
  return {
    readable: true,
    text,
    components: numbers.split('.'),
    preRelease: preRelease ? preRelease.split('.') : [],
  };
});

/** Numbers by value and before words, words as text; the shorter list first. */
export function compareIdentifiers(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  const aIsNumber = /^\d+$/.test(a);
  const bIsNumber = /^\d+$/.test(b);
  if (aIsNumber && bIsNumber) return compareDigits(a, b);
  return Number(bIsNumber) - Number(aIsNumber) || compareText(a, b);
}
