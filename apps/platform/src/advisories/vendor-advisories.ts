import type { VexDocument } from '@plimsoll/advisories';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { AdvisoryChanges } from './advisory-changes.ts';
import { noteVanished, storedAdvisoryIds } from './advisory-store.ts';
import { entryOf, storeEntries } from './import-records.ts';
import { raiseRevision } from './revision-store.ts';

type Changes = Pick<AdvisoryChanges, 'keys' | 'vulnerabilities' | 'advisories'>;

/**
 * Stores what the VEX documents of a file say about a distribution's packages that are not fixed, in place of what it
 * said before. Run it in a transaction. @returns what has to be matched again.
 */
export async function putVendorAdvisories(
  transaction: Kysely<Database>,
  file: string,
  documents: readonly VexDocument[],
): Promise<Changes> {
  const records = documents.flatMap(({ advisories = [] }) => advisories);
  const part = { ecosystem: file, isDump: false };
  const gone = await removeVendorAdvisories(
    transaction,
    file,
    records.map(({ advisory }) => advisory.id),
  );
  if (records.length === 0) return gone;
  const entries = await Promise.all(records.map((record) => entryOf(record, part)));
  const stored = await storeEntries(transaction, part, entries);
  return {
    keys: [...gone.keys, ...stored.keys],
    vulnerabilities: [...gone.vulnerabilities, ...stored.vulnerabilities],
    advisories: [...gone.advisories, ...stored.advisories],
  };
}

/** Forgets what a file said, but for these advisories. Run it in a transaction. @returns what has to be matched again. */
export async function removeVendorAdvisories(
  transaction: Kysely<Database>,
  file: string,
  keep: readonly string[] = [],
): Promise<Changes> {
  const kept = new Set(keep);
  const gone = (await storedAdvisoryIds(transaction, file)).filter((id) => !kept.has(id));
  if (gone.length === 0) return { keys: [], vulnerabilities: [], advisories: [] };
  const keys = await noteVanished(transaction, file, gone);
  await raiseRevision(transaction);
  return { keys, vulnerabilities: [], advisories: gone };
}
