import type { Kysely } from 'kysely';
import type { AdvisoryMemory } from '../advisories/advisory-memory.ts';
import { readRevision } from '../advisories/revision-store.ts';
import type { Database } from '../database/schema.ts';
import {
  lockMatches,
  putKeys,
  readPackages,
  replaceFindings,
  unmatchedPackageIds,
  type MatchState,
  type StoredPackage,
} from './finding-store.ts';
import { judgePackages } from './judge-packages.ts';
import { withPriorities } from './prioritize.ts';

export type Matcher = {
  readonly db: Kysely<Database>;
  /** What was read of the advisories, kept for the next packages. */
  readonly memory: AdvisoryMemory;
  /** Judges the findings of packages that were just replaced, in the transaction that did. */
  readonly afterReplace?: (transaction: Kysely<Database>, packageIds: readonly number[]) => Promise<void>;
};

/** Packages per transaction: few queries, and rules of as many packages in memory at once. */
const chunkPackages = 1_000;

/**
 * Matches packages with the advisories as they are now, and stores their findings. The number of queries grows with
 * chunks, not with packages.
 * @returns the packages whose findings count otherwise than they did; see `replaceFindings`.
 */
export async function matchPackages(
  matcher: Matcher,
  packageIds: readonly number[],
  signal?: AbortSignal,
): Promise<number[]> {
  const sorted = [...new Set(packageIds)].sort((a, b) => a - b);
  const changed: number[] = [];
  const read = (start: number) => readPackages(matcher.db, sorted.slice(start, start + chunkPackages));
  let next = read(0);
  for (let start = 0; start < sorted.length; start += chunkPackages) {
    signal?.throwIfAborted();
    const packages = await next;
    // Read while these are judged; whoever matches them meanwhile has done so by the same advisories or newer ones.
    next = read(start + chunkPackages);
    next.catch(() => {});
    changed.push(...(await matchChunk(matcher, packages)));
  }
  await next;
  return changed;
}

/**
 * Matches all packages that were never matched by the rules in force.
 * @returns the packages whose findings count otherwise than they did; see `replaceFindings`.
 */
export async function matchUnmatched(matcher: Matcher, signal?: AbortSignal): Promise<number[]> {
  const changed: number[] = [];
  for (;;) {
    signal?.throwIfAborted();
    const packageIds = await unmatchedPackageIds(matcher.db, chunkPackages);
    if (packageIds.length === 0) return changed;
    changed.push(...(await matchChunk(matcher, await readPackages(matcher.db, packageIds))));
  }
}

async function matchChunk(
  { db, memory, afterReplace }: Matcher,
  packages: readonly StoredPackage[],
): Promise<number[]> {
  // Visible to others before we read the rules: an import that commits after that finds these packages concerned.
  await putKeys(
    db,
    packages.filter(({ hasKeys }) => !hasKeys),
  );
  const found = await judgePackages(db, memory.at(await readRevision(db)), packages);
  // What is as it was need not be written, and so not be locked.
  const different = packages.filter(({ id, findingsHash }) => found.hashOf(id) !== findingsHash);
  if (different.length === 0) return [];
  return db.transaction().execute(async (transaction) => {
    const locked = await lockMatches(
      transaction,
      different.map(({ id }) => id),
    );
    // Asked after the lock: whoever had it before us may have seen newer advisories than we had until then.
    const revision = await readRevision(transaction);
    const existing = different.filter(({ id }) => locked.has(id));
    const judgement =
      revision === found.revision ? found : await judgePackages(transaction, memory.at(revision), existing);
    const other = existing.filter(({ id }) => locked.get(id)?.findingsHash !== judgement.hashOf(id));
    const findings = await judgement.findings(
      transaction,
      other.map(({ id }) => id),
    );
    const changed = other.map(({ id }) => ({
      packageId: id,
      findings: findings.get(id) ?? [],
      hash: judgement.hashOf(id),
      cause: causeOf(locked.get(id)),
    }));
    const counted = await replaceFindings(transaction, await withPriorities(transaction, changed));
    await afterReplace?.(
      transaction,
      changed.map(({ packageId }) => packageId),
    );
    return counted;
  });
}

/** Why the findings of a package may differ from what they were. */
function causeOf(known: MatchState | undefined): 'advisories' | 'rules' | undefined {
  if (!known?.wasMatched) return undefined;
  return known.isByRulesInForce ? 'advisories' : 'rules';
}
