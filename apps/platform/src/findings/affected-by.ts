import { affectedVersions, lookupKeys } from '@plimsoll/matching';
import type { Kysely } from 'kysely';
import { readCandidates } from '../advisories/rule-store.ts';
import type { Database } from '../database/schema.ts';
import { readPackages } from './finding-store.ts';

/** What one advisory calls affected of the name that a package is looked up by, which may be its source's. */
export type AffectedBy = {
  readonly advisory: string;
  readonly package_name: string;
  readonly versions: string[];
};

/** Tells which versions these advisories call affected, as far as they speak of the package. */
export async function affectedBy(
  db: Kysely<Database>,
  packageId: number,
  advisoryIds: readonly string[],
): Promise<AffectedBy[]> {
  const [pkg] = await readPackages(db, [packageId]);
  if (!pkg) return [];
  const rules = await readCandidates(db, lookupKeys(pkg), advisoryIds);
  return rules.map(({ advisoryId, name, rule }) => ({
    advisory: advisoryId,
    package_name: name,
    versions: affectedVersions(rule),
  }));
}
