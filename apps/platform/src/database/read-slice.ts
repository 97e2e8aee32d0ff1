import { sql, type RawBuilder, type SelectQueryBuilder } from 'kysely';

/** The sort key of a row, in the order of the sort; strings and numbers compare as the database compares them. */
export type SortKey = readonly (string | number)[];

/** Where a page begins: after a row, before a row, or at the start of the list. */
export type PagePosition =
  | { readonly direction: 'forward'; readonly after?: SortKey }
  | { readonly direction: 'backward'; readonly before: SortKey };

/** Rows in the order of the list, and whether there are more on each side. */
export type Slice<Row> = {
  readonly rows: Row[];
  readonly hasPrevious: boolean;
  readonly hasNext: boolean;
};

/** A page was to begin at a key of another list: somebody made a cursor. */
export class SortKeyError extends Error {
  override readonly name = 'SortKeyError';
}

/** Times in cursors have milliseconds, those in the database microseconds. */
export const createdAtMs: RawBuilder<unknown> = sql`date_trunc('milliseconds', created_at)`;

/**
 * Reads one page of a query by its sort key: columns, or expressions, that together are unique, all in one direction.
 * Reading after a key costs the same on the first page as on the last.
 */
export async function readSlice<DB, TB extends keyof DB, Row>(
  query: SelectQueryBuilder<DB, TB, Row>,
  sortKey: readonly (string | RawBuilder<unknown>)[],
  position: PagePosition,
  limit: number,
  order: 'asc' | 'desc' = 'asc',
): Promise<Slice<Row>> {
  const columns = sortKey.map((key) => (typeof key === 'string' ? sql.ref(key) : key));
  const isBackward = position.direction === 'backward';
  const from = isBackward ? position.before : position.after;
  const reading = isBackward === (order === 'asc') ? 'desc' : 'asc';
  let page = query.limit(limit + 1);
  for (const column of columns) page = page.orderBy(column, reading);
  if (from) {
    if (from.length !== columns.length)
      throw new SortKeyError('The cursor has another sort key than the list');
    const comparison = sql.raw(reading === 'asc' ? '>' : '<');
    const values = sql.join(from.map((value) => sql.val(value)));
    page = page.where(sql<boolean>`(${sql.join(columns)}) ${comparison} (${values})`);
  }
  return slice(await page.execute(), position, limit);
}

/** Cuts the page out of `limit + 1` rows in reading direction; rows read backward come in reverse. */
export function slice<Row>(read: readonly Row[], position: PagePosition, limit: number): Slice<Row> {
  const hasMore = read.length > limit;
  const rows = read.slice(0, limit);
  if (position.direction === 'backward') {
    return { rows: rows.toReversed(), hasPrevious: hasMore, hasNext: true };
  }
  return { rows, hasPrevious: position.after !== undefined, hasNext: hasMore };
}
