import { createHash } from 'node:crypto';
import type { Links } from '@plimsoll/contracts';
import { z } from 'zod';
import type { PagePosition, Slice, SortKey } from '../database/read-slice.ts';
import { ApiProblem } from './api-problem.ts';

const Cursor = z.strictObject({
  key: z.array(z.union([z.string(), z.number()])).max(8),
  list: z.string(),
});

type CursorQuery = { starting_after?: string | undefined; ending_before?: string | undefined };

/** How a list calls the parameters of its cursors, where it does not follow the convention. */
export type CursorNames = { readonly after?: string };

/**
 * Reads the cursors of a request. A cursor only works on the list it came from: `list` names the resource, its order
 * and its filters.
 * @throws {ApiProblem} naming the parameter.
 */
export function readPosition(query: CursorQuery, list: unknown, names: CursorNames = {}): PagePosition {
  const { starting_after: after, ending_before: before } = query;
  if (after !== undefined && before !== undefined) {
    throw new ApiProblem('invalid', 'starting_after and ending_before cannot be used together', {
      source: { parameter: 'ending_before' },
    });
  }
  if (before !== undefined) return { direction: 'backward', before: decode('ending_before', before, list) };
  if (after !== undefined)
    return { direction: 'forward', after: decode(names.after ?? 'starting_after', after, list) };
  return { direction: 'forward' };
}

/** The links of a page; `url` is the request's path and query. */
export function pageLinks<Row>(
  url: string,
  list: unknown,
  page: Slice<Row>,
  keyOf: (row: Row) => SortKey,
  { after = 'starting_after' }: CursorNames = {},
): Links {
  const [path, search] = url.split('?');
  const link = (cursor: Record<string, string>) => {
    const query = new URLSearchParams(search);
    query.delete(after);
    query.delete('ending_before');
    for (const [name, value] of Object.entries(cursor)) query.set(name, value);
    return `${path}?${query}`;
  };
  const first = page.rows[0];
  const last = page.rows.at(-1);
  return {
    self: url,
    first: link({}),
    ...(page.hasPrevious &&
      first !== undefined && { prev: link({ ending_before: encode(keyOf(first), list) }) }),
    ...(page.hasNext && last !== undefined && { next: link({ [after]: encode(keyOf(last), list) }) }),
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
