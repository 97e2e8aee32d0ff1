import { evaluate, findingsOf, lookupKeys, vulnerabilitiesOf, type PackageContext } from '@plimsoll/matching';
import type { Kysely } from 'kysely';
import { readGroups } from '../advisories/alias-store.ts';
import { readCandidates, readFacts } from '../advisories/rule-store.ts';
import type { Database } from '../database/schema.ts';
import { lockMatches, putKeys, readPackages, replaceFindings, unmatchedPackageIds } from './finding-store.ts';

/** Packages per transaction: few queries, and rules of as many packages in memory at once. */
const chunkPackages = 1_000;

/**
 * Matches packages with the advisories as they are now, and stores their findings. The number of queries grows with
 * chunks, not with packages.
 * @returns the packages whose findings changed.
 */
export async function matchPackages(
  db: Kysely<Database>,
  packageIds: readonly number[],
  signal?: AbortSignal,
): Promise<number[]> {
  const sorted = [...new Set(packageIds)].sort((a, b) => a - b);
  const changed: number[] = [];
  for (let start = 0; start < sorted.length; start += chunkPackages) {
    signal?.throwIfAborted();
    changed.push(...(await matchChunk(db, sorted.slice(start, start + chunkPackages))));
  }
  return changed;
}

/**
 * Matches all packages that were never matched by the rules in force.
 * @returns the packages whose findings changed.
 */
export async function matchUnmatched(db: Kysely<Database>, signal?: AbortSignal): Promise<number[]> {
  const changed: number[] = [];
  for (;;) {
    signal?.throwIfAborted();
    const packageIds = await unmatchedPackageIds(db, chunkPackages);
    if (packageIds.length === 0) return changed;
    changed.push(...(await matchChunk(db, packageIds)));
  }
}

async function matchChunk(db: Kysely<Database>, packageIds: readonly number[]): Promise<number[]> {
  const packages = await readPackages(db, packageIds);
  // Visible to others before we read the rules: an import that commits after that finds these packages concerned.
  await putKeys(db, packages);
  return db.transaction().execute(async (transaction) => {
    const locked = await lockMatches(transaction, packageIds);
    return matchLocked(
      transaction,
      packages.filter(({ id }) => locked.has(id)),
    );
  });
}

async function matchLocked(db: Kysely<Database>, packages: readonly PackageContext[]): Promise<number[]> {
  const keys = new Map(packages.flatMap(lookupKeys).map((key) => [nameOf(key), key]));
  const candidates = Map.groupBy(await readCandidates(db, [...keys.values()]), nameOf);
  const verdicts = packages.map((pkg) => ({
    pkg,
    verdicts: evaluate(
      pkg,
      lookupKeys(pkg).flatMap((key) => candidates.get(nameOf(key)) ?? []),
    ),
  }));

  const affecting = verdicts.flatMap(({ verdicts }) => verdicts.filter(({ affected }) => affected));
  const groups = await readGroups(db, distinct(affecting.flatMap(vulnerabilitiesOf)));
  const facts = await readFacts(
    db,
    distinct([
      ...affecting.map(({ advisoryId }) => advisoryId),
      ...[...groups.values()].flatMap(({ ids }) => ids),
    ]),
  );
  const findings = verdicts.flatMap(({ pkg, verdicts }) =>
    findingsOf(pkg, verdicts, { groups, facts }).map((finding) => ({ packageId: pkg.id, finding })),
  );
  return replaceFindings(
    db,
    packages.map(({ id }) => id),
    findings,
  );
}

function nameOf({ ecosystem, name }: { readonly ecosystem: string; readonly name: string }): string {
  return `${ecosystem}\n${name}`;
}

function distinct(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}
