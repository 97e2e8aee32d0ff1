import { compareLists } from './order.ts';
import { parsedOnce } from './parsed-once.ts';
import type { Scheme } from './scheme.ts';
import { compareIdentifiers, semver } from './semver.ts';

/** Dart's order: SemVer, where build metadata counts too; a version without any comes first (pub.dev/packages/pub_semver). */
export const pub: Scheme = {
  id: 'pub',
  compare: (a, b) =>
    semver.compare(a, b) || compareLists(buildOf(a), buildOf(b), undefined, compareIdentifiers),
  isReadable: semver.isReadable,
};

const buildOf = parsedOnce((version: string): (string | undefined)[] => {
  const plus = version.indexOf('+');
  return plus < 0 ? [] : version.slice(plus + 1).split('.');
});
