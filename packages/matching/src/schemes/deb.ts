import { compareDigits } from './order.ts';
import { parsedOnce } from './parsed-once.ts';
import type { Scheme } from './scheme.ts';

/** Debian's order (deb-version(7)): epoch, upstream version, revision. */
export const deb: Scheme = {
  id: 'deb',
  compare(a, b) {
    const x = parse(a);
    const y = parse(b);
    return (
      compareDigits(x.epoch, y.epoch) ||
      compareParts(x.upstream, y.upstream) ||
      compareParts(x.revision, y.revision)
    );
  },
  isReadable: (version) => /\d/.test(version),
};

type DebVersion = { readonly epoch: string; readonly upstream: string; readonly revision: string };

const parse = parsedOnce((text: string): DebVersion => {
  const version = text.trim();
  const epoch = /^(\d+):/.exec(version)?.[1];
  const rest = epoch === undefined ? version : version.slice(epoch.length + 1);
  const dash = rest.lastIndexOf('-');
  return {
    epoch: epoch ?? '0',
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    // A missing revision equals revision 0.
    revision: dash < 0 ? '0' : rest.slice(dash + 1),
  };
});

/** Compares stretches of signs and of digits in turn, as dpkg does. */
function compareParts(a: string, b: string): number {
  if (a === b) return 0;
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a, i)) || (j < b.length && !isDigit(b, j))) {
      const difference = rank(a, i) - rank(b, j);
      if (difference !== 0) return difference < 0 ? -1 : 1;
      i++;
      j++;
    }
    const aStart = i;
    const bStart = j;
    while (isDigit(a, i)) i++;
    while (isDigit(b, j)) j++;
    const order = compareDigits(a.slice(aStart, i) || '0', b.slice(bStart, j) || '0');
    if (order !== 0) return order;
  }
  return 0;
}

/** `~` before everything, even the end; the end and digits; letters; other signs. */
function rank(text: string, at: number): number {
  if (at >= text.length || isDigit(text, at)) return 0;
  const code = text.charCodeAt(at);
  if (code === 126) return -1;
  return isLetter(code) ? code : code + 256;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

function isLetter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}
