import type { IssueCounts } from '@plimsoll/contracts';

/** What can be built from instead: a project that shows an image of the same repository. */
export type BaseCandidate = {
  readonly projectId: string;
  readonly name: string;
  readonly tag: string;
  readonly digest: string;
  readonly pushedAt?: Date | undefined;
  readonly counts: IssueCounts;
};

/** The image that is built from now, and the tags by which it is or was known. */
export type CurrentBase = Pick<BaseCandidate, 'digest' | 'counts' | 'pushedAt'> & {
  readonly tags: readonly string[];
};

/**
 * How far a candidate is from the base: `rebuild` is the same tag, which was pushed anew; `minor` the same major version
 * and variant, `major` the same variant; `other` all else.
 */
export type BaseDistance = 'rebuild' | 'minor' | 'major' | 'other';

export type BaseOption = BaseCandidate & { readonly distance: BaseDistance };

const maxOptions = 5;
const distances: readonly BaseDistance[] = ['rebuild', 'minor', 'major', 'other'];

/** The newer images with fewer issues: the nearest first, among equally near ones that with the fewest. */
export function rankBases(current: CurrentBase, candidates: readonly BaseCandidate[]): BaseOption[] {
  const better = candidates
    .filter(({ digest, counts }) => digest !== current.digest && compareCounts(counts, current.counts) < 0)
    .map((candidate) => ({ ...candidate, distance: distanceOf(current.tags, candidate.tag) }))
    .filter((option) => option.distance === 'rebuild' || isNewer(current, option))
    .toSorted(
      (a, b) =>
        distances.indexOf(a.distance) - distances.indexOf(b.distance) ||
        compareCounts(a.counts, b.counts) ||
        compareNumbers(versionOf(b.tag).numbers, versionOf(a.tag).numbers) ||
        (a.name < b.name ? -1 : 1),
    );
  // Several tags of one image are one option.
  const distinct = new Map(better.toReversed().map((option) => [option.digest, option]));
  return better.filter((option) => distinct.get(option.digest) === option).slice(0, maxOptions);
}

/** Fewer critical issues are better, whatever the rest; then high, and so on. Unknown ones count as medium. */
function compareCounts(a: IssueCounts, b: IssueCounts): number {
  return (
    a.critical - b.critical ||
    a.high - b.high ||
    a.medium + a.unknown - (b.medium + b.unknown) ||
    a.low - b.low
  );
}

function distanceOf(tags: readonly string[], tag: string): BaseDistance {
  if (tags.includes(tag)) return 'rebuild';
  const own = versionOf(tag);
  if (own.numbers.length === 0) return 'other';
  const sameVariant = tags
    .map(versionOf)
    .filter(({ numbers, variant }) => numbers.length > 0 && variant === own.variant);
  if (sameVariant.length === 0) return 'other';
  return sameVariant.some(({ numbers }) => numbers[0] === own.numbers[0]) ? 'minor' : 'major';
}

/** By version where both have one of the same variant, else by when they were pushed. */
function isNewer(current: CurrentBase, option: BaseOption): boolean {
  if (option.distance !== 'other') {
    const own = versionOf(option.tag);
    return current.tags
      .map(versionOf)
      .filter(({ variant, numbers }) => variant === own.variant && numbers.length > 0)
      .some(({ numbers }) => compareNumbers(own.numbers, numbers) > 0);
  }
  return (
    option.pushedAt !== undefined && current.pushedAt !== undefined && option.pushedAt > current.pushedAt
  );
}

type TagVersion = { readonly numbers: readonly number[]; readonly variant: string };

/** `3.20.1-slim` is 3, 20, 1 in the variant `-slim`. */
function versionOf(tag: string): TagVersion {
  const [, numbers, variant = ''] = /^v?(\d{1,9}(?:\.\d{1,9}){0,5})(?=$|[-_.+])(.*)$/.exec(tag) ?? [];
  return numbers === undefined
    ? { numbers: [], variant: tag }
    : { numbers: numbers.split('.').map(Number), variant };
}

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    // `3` is a moving name of the newest 3.x: it is behind none of them.
    const difference = (a[i] ?? Number.MAX_SAFE_INTEGER) - (b[i] ?? Number.MAX_SAFE_INTEGER);
    if (difference !== 0) return difference;
  }
  return 0;
}
