import { compareDigits, compareLists, compareText } from './order.ts';
import { parsedOnce } from './parsed-once.ts';
import type { Scheme } from './scheme.ts';

/** RPM's order (rpmvercmp): epoch, version, release. A missing release sorts before any. */
export const rpm: Scheme = {
  id: 'rpm',
  compare(a, b) {
    const x = parse(a);
    const y = parse(b);
    return (
      comparePart(x.epoch, y.epoch) ||
      comparePart(x.version, y.version) ||
      Number(x.release !== undefined) - Number(y.release !== undefined) ||
      comparePart(x.release ?? [], y.release ?? [])
    );
  },
  isReadable: (version) => /\d/.test(version),
};

/** The same for versions of which one has no known epoch. */
export const rpmWithoutEpoch: Scheme = {
  ...rpm,
  id: 'rpm-without-epoch',
  compare: (a, b) => rpm.compare(a.replace(epoch, ''), b.replace(epoch, '')),
};

const epoch = /^\d+:/;

type RpmVersion = {
  readonly epoch: readonly string[];
  readonly version: readonly string[];
  readonly release: readonly string[] | undefined;
};

const parse = parsedOnce((text: string): RpmVersion => {
  const colon = text.indexOf(':');
  const rest = text.slice(colon + 1);
  const dash = rest.lastIndexOf('-');
  return {
    epoch: colon < 0 ? ['0'] : tokens(text.slice(0, colon)),
    version: tokens(dash < 0 ? rest : rest.slice(0, dash)),
    release: dash < 0 ? undefined : tokens(rest.slice(dash + 1)),
  };
});

/** Digits, letters, `~` and `^`; everything else only separates. */
function tokens(text: string): string[] {
  return text.match(/~|\^|\d+|[a-zA-Z]+/g) ?? [];
}

function comparePart(a: readonly string[], b: readonly string[]): number {
  return compareLists(a, b, '', compareTokens);
}

function compareTokens(a: string, b: string): number {
  const order = Math.sign(rank(a) - rank(b));
  return order || (rank(a) === ranks.digits ? compareDigits(a, b) : compareText(a, b));
}

const ranks = { tilde: 0, end: 1, caret: 2, letters: 3, digits: 4 } as const;

function rank(token: string): number {
  if (token === '') return ranks.end;
  if (token === '~') return ranks.tilde;
  if (token === '^') return ranks.caret;
  return /^\d/.test(token) ? ranks.digits : ranks.letters;
}
