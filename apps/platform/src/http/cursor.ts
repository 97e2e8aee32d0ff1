import { createHash } from 'node:crypto';
import type { Links } from '@plimsoll/contracts';
import { z } from 'zod';
import { ApiProblem } from './api-problem.ts';

/** The sort key of a row, in the order of the sort; strings and numbers compare as the database compares them. */
export type SortKey = readonly (string | number)[];

/** Where a page begins: after a row, before a row, or at the start of the list. */
export type PagePosition =
  | { readonly direction: 'forward'; readonly after?: SortKey }
  | { readonly direction: 'backward'; readonly before: SortKey };

const Cursor = z.strictObject({
  key: z.array(z.union([z.string(), z.number()])).max(8),
  list: z.string(),
});

type CursorQuery = { starting_after?: string | undefined; ending_before?: string | undefined };

/**
 * Reads the cursors of a request. A cursor only works on the list it came from: `list` names the resource, its order
 * and its filters.
 * @throws {ApiProblem} naming the parameter.
 */
export function readPosition(query: CursorQuery, list: unknown): PagePosition {
  const { starting_after: after, ending_before: before } = query;
  if (after !== undefined && before !== undefined) {
    throw new ApiProblem('invalid', 'starting_after and ending_before cannot be used together', {
      source: { parameter: 'ending_before' },
    });
  }
  if (before !== undefined) return { direction: 'backward', before: decode('ending_before', before, list) };
  if (after !== undefined) return { direction: 'forward', after: decode('starting_after', after, list) };
  return { direction: 'forward' };
}

/** Rows in the order of the list, and whether there are more on each side. */
export type Slice<Row> = { readonly rows: Row[]; readonly hasPrevious: boolean; readonly hasNext: boolean };

/**
 * Cuts a page out of `limit + 1` rows that were read from the position in reading direction; rows read backward come
 * in reverse.
 */
export function slice<Row>(read: readonly Row[], position: PagePosition, limit: number): Slice<Row> {
  const hasMore = read.length > limit;
  const rows = read.slice(0, limit);
  if (position.direction === 'backward')
    return { rows: rows.toReversed(), hasPrevious: hasMore, hasNext: true };
  return { rows, hasPrevious: position.after !== undefined, hasNext: hasMore };
}

/** The links of a page; `url` is the request's path and query. */
export function pageLinks<Row>(
  url: string,
  list: unknown,
  page: Slice<Row>,
  keyOf: (row: Row) => SortKey,
): Links {
  const [path, search] = url.split('?');
  const link = (cursor: Record<string, string>) => {
    const query = new URLSearchParams(search);
    query.delete('starting_after');
    query.delete('ending_before');
    for (const [name, value] of Object.entries(cursor)) query.set(name, value);
    return `${path}?${query}`;
  };
  const first = page.rows[0];
  const last = page.rows.at(-1);
  return {
    self: url,
    first: link({}),
    ...(page.hasPrevious && first && { prev: link({ ending_before: encode(keyOf(first), list) }) }),
    ...(page.hasNext && last && { next: link({ starting_after: encode(keyOf(last), list) }) }),
  };
}

function encode(key: SortKey, list: unknown): string {
  return `v1.${Buffer.from(JSON.stringify({ key, list: fingerprint(list) })).toString('base64url')}`;
}

function decode(parameter: string, text: string, list: unknown): SortKey {
  const cursor = Cursor.safeParse(parseJson(text.startsWith('v1.') ? text.slice(3) : ''));
  if (!cursor.success) {
    throw new ApiProblem('invalid', 'is not a cursor of this API', { source: { parameter } });
  }
  if (cursor.data.list !== fingerprint(list)) {
    throw new ApiProblem('invalid', 'is a cursor of another list: filters and order must stay as they were', {
      source: { parameter },
    });
  }
  return cursor.data.key;
}

function fingerprint(list: unknown): string {
  return createHash('sha256').update(JSON.stringify(list)).digest('base64url').slice(0, 12);
}

function parseJson(base64: string): unknown {
  try {
    return JSON.parse(Buffer.from(base64, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
