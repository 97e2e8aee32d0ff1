import { isAffected, type Verdict } from './evaluate.ts';
import { contains } from './intervals.ts';

/**
 * The lowest version above the installed one that none of the matching rules calls affected, or undefined when no
 * rule knows one. The rules must share one scheme; what another scheme says is left out.
 */
export function fixedVersion(matching: readonly Verdict[]): string | undefined {
  const [first] = matching;
  if (!first) return undefined;
  const { scheme, version } = first;
  const comparable = matching.filter((verdict) => verdict.scheme === scheme);
  // An end below the installed version fixed something else. Intervals of later branches count too: the end of this
  // one may lie inside another rule's, and the way out is then the end of that.
  const candidates = comparable
    .filter(reachesByInterval)
    .flatMap(({ rule }) => (rule.intervals ?? []).flatMap(({ fixed }) => fixed ?? []))
    .filter((fixed) => scheme.compare(fixed, version) > 0)
    .filter((fixed) => !comparable.some(({ rule }) => isAffected(fixed, rule, scheme)));
  return candidates.toSorted((a, b) => scheme.compare(a, b))[0];
}

/** A rule that only lists the installed version does not tell where the fix is. */
function reachesByInterval({ rule, version, scheme }: Verdict): boolean {
  return (rule.intervals ?? []).some((interval) => contains(interval, version, scheme));
}
