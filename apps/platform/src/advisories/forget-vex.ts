import { join } from 'node:path';
import type { FeedPart } from '@plimsoll/advisories';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { AdvisoryChanges } from './advisory-changes.ts';
import { removeVendorAdvisories } from './vendor-advisories.ts';
import { removeVexDocuments } from './vex-store.ts';

/**
 * Forgets VEX documents that were read from a folder whose files are gone from it. Run it in a transaction.
 * @returns what has to be judged again.
 */
export async function forgetVanishedVex(
  db: Kysely<Database>,
  folder: string,
  parts: readonly Pick<FeedPart, 'ecosystem' | 'source'>[],
): Promise<AdvisoryChanges> {
  // As the parts write it.
  const prefix = join(folder, '/');
  const { rows } = await sql<{ ecosystem: string }>`
    delete from advisory_feed where kind = 'vex' and starts_with(source, ${prefix})
      and source <> all(${parts.map(({ source }) => source)}::text[])
    returning ecosystem`.execute(db);
  const names = rows.map(({ ecosystem }) => ecosystem);
  const changes: AdvisoryChanges = { keys: [], vulnerabilities: [], advisories: [], spokenOf: [] };
  for (const name of names) {
    const gone = await removeVendorAdvisories(db, name);
    changes.keys.push(...gone.keys);
    changes.advisories.push(...gone.advisories);
  }
  const documents = await db
    .selectFrom('vex_document')
    .select('id')
    .where('org_id', 'is', null)
    .where(sql<boolean>`name = any(${names}::text[])`)
    .execute();
  const spokenOf = await removeVexDocuments(
    db,
    documents.map(({ id }) => id),
  );
  return { ...changes, spokenOf };
}
