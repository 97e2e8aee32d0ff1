import type { Kysely } from 'kysely';
import type { AdvisoryChanges } from '../advisories/advisory-changes.ts';
import type { Database } from '../database/schema.ts';
import { concernedPackageIds } from './finding-store.ts';
import { matchPackages } from './match-packages.ts';

/**
 * Matches again the packages that changed advisories concern, and no others.
 * @returns the packages whose findings changed.
 */
export async function rematch(
  db: Kysely<Database>,
  { keys, vulnerabilities }: AdvisoryChanges,
  signal?: AbortSignal,
): Promise<number[]> {
  return matchPackages(db, await concernedPackageIds(db, keys, vulnerabilities), signal);
}
