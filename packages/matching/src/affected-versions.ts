import type { AffectedRule } from './compile-advisory.ts';
import type { Interval } from './intervals.ts';

/** Most texts for one rule; some records list thousands of versions one by one. */
const maxVersions = 50;

/**
 * Tells people which versions a rule names: `>= 1.0, < 1.2` per interval, then versions that stand alone, at most 50 and
 * how many more there are.
 */
export function affectedVersions({ intervals = [], versions = [] }: AffectedRule): string[] {
  const more = versions.length - maxVersions;
  return [
    ...intervals.slice(0, maxVersions).map(textOf),
    ...versions.slice(0, maxVersions),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}

function textOf({ introduced, fixed, lastAffected }: Interval): string {
  const bounds = [
    ...(introduced === undefined ? [] : [`>= ${introduced}`]),
    ...(fixed === undefined ? [] : [`< ${fixed}`]),
    ...(lastAffected === undefined ? [] : [`<= ${lastAffected}`]),
  ];
  return bounds.length > 0 ? bounds.join(', ') : 'all versions';
}
