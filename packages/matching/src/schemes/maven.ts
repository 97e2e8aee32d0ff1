import { compareDigits, compareLists, compareText } from './order.ts';
import { parsedOnce } from './parsed-once.ts';
import type { Scheme } from './scheme.ts';

/**
 * Maven's order (maven.apache.org/pom.html, "Version Order Specification"). It is not transitive where qualifiers
 * follow a dot: 2.9 < 2.9-1 < 2.9.0.RC1 < 2.9. Maven is so, and repositories are ordered so.
 */
export const maven: Scheme = {
  id: 'maven',
  compare: (a, b) => compareLists(parse(a), parse(b), end, compareTokens),
  isReadable: (version) => /\d/.test(version),
};

/** A number or a qualifier, with the sign before it; a change between digits and letters counts as a dash. */
type Token = { readonly isAfterDash: boolean; readonly isNumber: boolean; readonly text: string };

/** What is missing at the end of the shorter version: equal to 0, `final` and `ga`. */
const end: Token = { isAfterDash: true, isNumber: false, text: '' };

const aliases: Readonly<Record<string, string>> = { ga: '', final: '', release: '', cr: 'rc' };
const shortForms: Readonly<Record<string, string>> = { a: 'alpha', b: 'beta', m: 'milestone' };
const order: readonly string[] = ['alpha', 'beta', 'milestone', 'rc', 'snapshot', '', 'sp'];

const parse = parsedOnce((version: string): Token[] => {
  const tokens: Token[] = [];
  let isAfterDash = false;
  let wasPart = false;
  const texts =
    version
      .trim()
      .toLowerCase()
      .match(/\d+|[^\d.-]+|[.-]/g) ?? [];
  const push = (text: string, next?: string) => {
    const isNumber = /^\d/.test(text);
    const qualifier = /^\d/.test(next ?? '') && Object.hasOwn(shortForms, text) ? shortForms[text] : text;
    const known =
      qualifier !== undefined && Object.hasOwn(aliases, qualifier) ? aliases[qualifier] : qualifier;
    const token = { isAfterDash, isNumber, text: known ?? text };
    // Nothing-values before a dash say nothing.
    if (isAfterDash) trim(tokens);
    tokens.push(token);
  };
  for (const [i, text] of texts.entries()) {
    if (text === '.' || text === '-') {
      // Two signs in a row have a 0 between them.
      if (!wasPart) push('0');
      isAfterDash = text === '-';
      wasPart = false;
    } else {
      if (wasPart) isAfterDash = true;
      push(text, texts[i + 1]);
      wasPart = true;
    }
  }
  trim(tokens);
  return tokens;
});

function trim(tokens: Token[]): void {
  while (isNothing(tokens.at(-1))) tokens.pop();
}

function isNothing(token: Token | undefined): boolean {
  return token !== undefined && (token.isNumber ? /^0+$/.test(token.text) : token.text === '');
}

function compareTokens(a: Token, b: Token): number {
  if (a === end) return 0 - compareToEnd(b);
  if (b === end) return compareToEnd(a);
  const byKind = Math.sign(kind(a) - kind(b));
  if (byKind !== 0) return byKind;
  if (a.isNumber) return compareDigits(a.text, b.text);
  return Math.sign(qualifierRank(a.text) - qualifierRank(b.text)) || compareText(a.text, b.text);
}

function compareToEnd(token: Token): number {
  if (token.isNumber) return isNothing(token) ? 0 : 1;
  return Math.sign(qualifierRank(token.text) - qualifierRank(''));
}

/** Qualifiers before numbers, and within them those after a dot first or last. */
function kind({ isNumber, isAfterDash }: Token): number {
  if (isNumber) return isAfterDash ? 2 : 3;
  return isAfterDash ? 1 : 0;
}

function qualifierRank(text: string): number {
  const at = order.indexOf(text);
  return at < 0 ? order.length : at;
}
