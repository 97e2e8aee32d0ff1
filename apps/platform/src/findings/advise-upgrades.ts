import {
  lookupKeys,
  upgradesOf,
  upgradeUnit,
  type Finding,
  type PackageContext,
  type Upgrade,
} from '@plimsoll/matching';
import { keyName, type AdvisoryMemory } from '../advisories/advisory-memory.ts';
import { readRevision } from '../advisories/revision-store.ts';
import type { Database } from '../database/schema.ts';
import type { Kysely } from 'kysely';
import { readPackages } from './finding-store.ts';
import { knowledgeOf } from './judge-packages.ts';

/**
 * Which packages of an image to upgrade so that the fewest of the findings that `counts` admits are left.
 * @param packageIds all packages of the image: those of one source are upgraded together
 * @param troubled those with a finding that counts and has a fix; the others are left alone
 */
export async function adviseUpgrades(
  { db, memory }: { readonly db: Kysely<Database>; readonly memory: AdvisoryMemory },
  packageIds: readonly number[],
  troubled: ReadonlySet<number>,
  counts: (finding: Finding, pkg: PackageContext) => boolean,
): Promise<Upgrade[]> {
  if (troubled.size === 0) return [];
  const all = await readPackages(db, packageIds);
  const units = new Set(all.filter(({ id }) => troubled.has(id)).map(upgradeUnit));
  const packages = all.filter((pkg) => units.has(upgradeUnit(pkg)));
  const view = memory.at(await readRevision(db));
  const rules = await view.candidates(db, packages.flatMap(lookupKeys));
  const installed = packages.map((pkg) => ({
    pkg,
    candidates: lookupKeys(pkg).flatMap((key) => rules.get(keyName(key)) ?? []),
  }));
  // Other versions have other vulnerabilities: all that any rule speaks about may be needed.
  const candidates = installed.flatMap((one) => one.candidates);
  const knowledge = await knowledgeOf(db, view, candidates);
  return upgradesOf(installed, knowledge, counts);
}
