import type { AdvisoryChanges } from '../advisories/advisory-changes.ts';
import { concernedPackageIds } from './finding-store.ts';
import { matchPackages, type Matcher } from './match-packages.ts';

/**
 * Matches again the packages that changed advisories concern, and no others.
 * @returns the packages whose findings count otherwise than they did; see `replaceFindings`.
 */
export async function rematch(
  matcher: Matcher,
  { keys, vulnerabilities }: AdvisoryChanges,
  signal?: AbortSignal,
): Promise<number[]> {
  return matchPackages(matcher, await concernedPackageIds(matcher.db, keys, vulnerabilities), signal);
}
