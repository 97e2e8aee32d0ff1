import { noteVanished, storedAdvisoryIds } from './advisory-store.ts';
import { regroupAliases } from './alias-store.ts';
import type { ImportDeps } from './import-advisories.ts';
import { raiseRevision } from './revision-store.ts';

/** More than this share of an ecosystem does not vanish in one run: the archive is taken for broken. */
const maxVanishedShare = 0.1;

/**
 * Withdraws the advisories of an ecosystem that its complete archive no longer holds.
 * @returns how many. @throws when so many are missing that the archive cannot be right; nothing is changed then.
 */
export async function withdrawVanished(
  { db, onChanged }: Pick<ImportDeps, 'db' | 'onChanged'>,
  ecosystem: string,
  seen: ReadonlySet<string>,
): Promise<number> {
  const stored = await storedAdvisoryIds(db, ecosystem);
  const vanished = stored.filter((id) => !seen.has(id));
  if (vanished.length === 0) return 0;
  if (vanished.length > stored.length * maxVanishedShare) {
    throw new Error(
      `${vanished.length} of ${stored.length} advisories of ${ecosystem} are missing from the archive; none was withdrawn`,
    );
  }
  await db.transaction().execute(async (transaction) => {
    const keys = await noteVanished(transaction, ecosystem, vanished);
    const vulnerabilities = await regroupAliases(transaction, new Map(vanished.map((id) => [id, []])));
    await raiseRevision(transaction);
    await onChanged({ keys, vulnerabilities, advisories: vanished }, transaction);
  });
  return vanished.length;
}
