import type { AdvisoryFeedStatus } from '@plimsoll/contracts';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

/** What one pass over a part of a feed came to. */
export type FeedResult = {
  readonly ecosystem: string;
  readonly source: string;
  readonly advisories: number;
  readonly skipped: number;
  readonly newestModified: Date | undefined;
};

/** Notes a pass that read all of a feed. */
export async function noteImported(
  db: Kysely<Database>,
  { ecosystem, source, advisories, skipped, newestModified }: FeedResult,
): Promise<void> {
  const state = {
    source,
    advisories,
    skipped,
    newest_modified: newestModified ?? null,
    imported_at: sql<Date>`now()`,
    last_error: null,
  };
  await db
    .insertInto('advisory_feed')
    .values({ ecosystem, ...state })
    .onConflict((conflict) => conflict.column('ecosystem').doUpdateSet(state))
    .execute();
}

/** Notes a pass that failed; what was known of the last good one stays. */
export async function noteFailed(
  db: Kysely<Database>,
  { ecosystem, source }: { readonly ecosystem: string; readonly source: string },
  message: string,
): Promise<void> {
  await db
    .insertInto('advisory_feed')
    .values({ ecosystem, source, last_error: message })
    .onConflict((conflict) => conflict.column('ecosystem').doUpdateSet({ last_error: message }))
    .execute();
}

/** Tells the state of every feed, by ecosystem. */
export async function feedStatus(db: Kysely<Database>): Promise<AdvisoryFeedStatus[]> {
  const rows = await db.selectFrom('advisory_feed').selectAll().orderBy('ecosystem').execute();
  return rows.map((row) => ({
    id: row.ecosystem,
    type: 'advisory_feed',
    attributes: {
      ecosystem: row.ecosystem,
      advisories: row.advisories,
      skipped: row.skipped,
      source: row.source,
      ...(row.newest_modified ? { newest_modified: row.newest_modified.toISOString() } : {}),
      ...(row.imported_at ? { imported_at: row.imported_at.toISOString() } : {}),
      ...(row.last_error ? { last_error: row.last_error } : {}),
    },
  }));
}
