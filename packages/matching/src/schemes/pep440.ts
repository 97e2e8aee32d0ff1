import { compareDigits, compareLists, compareText } from './order.ts';
import { parsedOnce } from './parsed-once.ts';
import type { Scheme } from './scheme.ts';

/**
 * Python's order (PEP 440, packaging.python.org/specifications/version-specifiers). Texts that are no such version sort
 * before all that are, as setuptools ordered them before the PEP.
 */
export const pep440: Scheme = {
  id: 'pep440',
  compare(a, b) {
    const x = parse(a);
    const y = parse(b);
    if (!('epoch' in x) || !('epoch' in y)) {
      if ('epoch' in x) return 1;
      if ('epoch' in y) return -1;
      return compareLists(x.legacy, y.legacy, '', compareLegacy);
    }
    return (
      compareDigits(x.epoch, y.epoch) ||
      compareLists(x.release, y.release, '0', compareDigits) ||
      compareStages(x.pre, y.pre) ||
      compareStages(x.post, y.post) ||
      compareStages(x.dev, y.dev) ||
      compareLists(x.local, y.local, '', compareLocal)
    );
  },
  isReadable: (version) => 'epoch' in parse(version),
};

/** A step before or after a release, with its number. */
type Stage = { readonly rank: number; readonly number: string };

type PythonVersion =
  | {
      readonly epoch: string;
      readonly release: readonly string[];
      readonly pre: Stage;
      readonly post: Stage;
      readonly dev: Stage;
      readonly local: readonly string[];
    }
  | { readonly legacy: readonly string[] };

const pattern =
  /^v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?(\d*))?(?:-(\d+)|[-_.]?(post|rev|r)[-_.]?(\d*))?(?:[-_.]?(dev)[-_.]?(\d*))?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/;

const preRanks: Readonly<Record<string, number>> = { a: 0, b: 1, c: 2, p: 2, r: 2 };

const parse = parsedOnce((text: string): PythonVersion => {
  const version = text.trim().toLowerCase();
  const [, epoch, release, pre, preNumber, implicitPost, post, postNumber, dev, devNumber, local] =
    pattern.exec(version) ?? [];
  if (release === undefined) return { legacy: legacyParts(version) };
  const isPost = post !== undefined || implicitPost !== undefined;
  return {
    epoch: epoch ?? '0',
    release: release.split('.'),
    pre: {
      // A development release of the plain version comes before its pre-releases.
      rank: pre ? (preRanks[pre.charAt(0)] ?? 2) : dev && !isPost ? -1 : 3,
      number: preNumber || '0',
    },
    post: { rank: isPost ? 1 : 0, number: implicitPost ?? (postNumber || '0') },
    dev: { rank: dev ? 0 : 1, number: devNumber || '0' },
    local: local ? local.split(/[-_.]/) : [],
  };
});

function compareStages(a: Stage, b: Stage): number {
  return Math.sign(a.rank - b.rank) || compareDigits(a.number, b.number);
}

/** Missing parts first, then words, then numbers. */
function compareLocal(a: string, b: string): number {
  const rank = (part: string) => (part === '' ? 0 : /^\d+$/.test(part) ? 2 : 1);
  return Math.sign(rank(a) - rank(b)) || (rank(a) === 2 ? compareDigits(a, b) : compareText(a, b));
}

const legacyWords: Readonly<Record<string, string>> = {
  pre: 'c',
  preview: 'c',
  rc: 'c',
  '-': 'final-',
  dev: '@',
};

/** Words carry a star, so that they sort before numbers; `*final` marks the end. */
function legacyParts(version: string): string[] {
  const parts: string[] = [];
  for (const raw of [...(version.match(/\d+|[a-z]+|-|[^\da-z.-]+/g) ?? []), 'final']) {
    const word = Object.hasOwn(legacyWords, raw) ? (legacyWords[raw] ?? raw) : raw;
    if (/^\d/.test(word)) {
      parts.push(word);
      continue;
    }
    if (word < 'final') while (parts.at(-1) === '*final-') parts.pop();
    while (/^0+$/.test(parts.at(-1) ?? '')) parts.pop();
    parts.push(`*${word}`);
  }
  return parts;
}

function compareLegacy(a: string, b: string): number {
  return /^\d/.test(a) && /^\d/.test(b) ? compareDigits(a, b) : compareText(a, b);
}
