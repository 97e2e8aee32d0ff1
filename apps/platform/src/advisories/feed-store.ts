import type { FeedKind, FeedPart, Known } from '@plimsoll/advisories';
import type { AdvisoryFeedStatus } from '@plimsoll/contracts';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { Counts } from './import-advisories.ts';

/** What one pass over a part of a feed came to. */
export type FeedResult = {
  readonly ecosystem: string;
  readonly source: string;
  readonly feed: string;
  readonly kind: FeedKind;
  readonly validator: string | undefined;
  /** All of it was read, not only what changed. */
  readonly isComplete: boolean;
  readonly compiled: number;
  readonly counts: Counts;
};

/** What the last good pass over a part noted; nothing when other rules compiled it, or it came from elsewhere. */
export async function knownOf(
  db: Kysely<Database>,
  { ecosystem, source }: Pick<FeedPart, 'ecosystem' | 'source'>,
  compiled: number,
): Promise<Known> {
  const row = await db
    .selectFrom('advisory_feed')
    .select(['validator', 'newest_modified', 'complete_at'])
    .where('ecosystem', '=', ecosystem)
    .where('source', '=', source)
    .where('compiled', '=', compiled)
    .where('last_error', 'is', null)
    .executeTakeFirst();
  return {
    validator: row?.validator ?? undefined,
    newestModified: row?.newest_modified ?? undefined,
    completeAt: row?.complete_at ?? undefined,
  };
}

/** Notes a pass that read all of a feed, or all that was new in it. */
export async function noteImported(db: Kysely<Database>, result: FeedResult): Promise<void> {
  const { ecosystem, source, feed, kind, validator, isComplete, compiled, counts } = result;
  const now = sql<Date>`now()`;
  const state = {
    source,
    feed,
    kind,
    compiled,
    validator: validator ?? null,
    advisories: kind === 'advisories' ? storedCount(ecosystem) : counts.advisories,
    skipped: counts.skipped,
    imported_at: now,
    checked_at: now,
    ...(isComplete ? { complete_at: now } : {}),
    last_error: null,
    failed_at: null,
  };
  const newest = counts.newestModified ?? null;
  await db
    .insertInto('advisory_feed')
    .values({ ecosystem, ...state, newest_modified: newest })
    .onConflict((conflict) =>
      conflict.column('ecosystem').doUpdateSet({
        ...state,
        // A pass over changes may have met older ones only.
        newest_modified: isComplete ? newest : sql<Date>`greatest(advisory_feed.newest_modified, ${newest})`,
      }),
    )
    .execute();
}

function storedCount(ecosystem: string) {
  return sql<number>`(select count(*) from advisory_dump where ecosystem = ${ecosystem})`;
}

/** Notes that a feed is as it was. */
export async function noteUnchanged(db: Kysely<Database>, ecosystem: string): Promise<void> {
  await db
    .updateTable('advisory_feed')
    .set({ checked_at: sql<Date>`now()`, last_error: null, failed_at: null })
    .where('ecosystem', '=', ecosystem)
    .execute();
}

/** Notes a pass that failed; what was known of the last good one stays. */
export async function noteFailed(
  db: Kysely<Database>,
  { ecosystem, source }: { readonly ecosystem: string; readonly source: string },
  message: string,
): Promise<void> {
  const failed = { last_error: message, failed_at: sql<Date>`now()` };
  await db
    .insertInto('advisory_feed')
    .values({ ecosystem, source, ...failed })
    .onConflict((conflict) => conflict.column('ecosystem').doUpdateSet(failed))
    .execute();
}

/** Data that nobody confirmed for so long is old. */
const staleAfterMs = 48 * 60 * 60 * 1000;

/** Tells the state of every feed, by ecosystem. */
export async function feedStatus(db: Kysely<Database>, now: Date): Promise<AdvisoryFeedStatus[]> {
  const rows = await db.selectFrom('advisory_feed').selectAll().orderBy('ecosystem').execute();
  return rows.map((row) => {
    const checkedAt = row.checked_at ?? row.imported_at;
    return {
      id: row.ecosystem,
      type: 'advisory_feed',
      attributes: {
        ecosystem: row.ecosystem,
        feed: row.feed,
        kind: row.kind,
        advisories: row.advisories,
        skipped: row.skipped,
        source: row.source,
        ...(row.newest_modified ? { newest_modified: row.newest_modified.toISOString() } : {}),
        ...(row.imported_at ? { imported_at: row.imported_at.toISOString() } : {}),
        ...(checkedAt ? { checked_at: checkedAt.toISOString() } : {}),
        ...(checkedAt
          ? { age_seconds: Math.max(0, Math.round((now.getTime() - checkedAt.getTime()) / 1000)) }
          : {}),
        is_stale: !checkedAt || now.getTime() - checkedAt.getTime() > staleAfterMs,
        ...(row.last_error ? { last_error: row.last_error } : {}),
        ...(row.failed_at ? { failed_at: row.failed_at.toISOString() } : {}),
      },
    };
  });
}
