import { createHash } from 'node:crypto';
import { inOrder } from './name-window.ts';
import { RegistryError } from '../registry-error.ts';
import { decodeCursor, encodeCursor, maxQueryLength, type Position } from './cursor.ts';
import type { ListingShelf } from './page-shelf.ts';

/** What a caller asks for: at most `limit` entries, from where `cursor` says. */
export type PageRequest = {
  readonly cursor?: string;
  readonly limit: number;
  /** Leaves out what is known to have been pushed before, and ends where a registry that sorts by time gets there. */
  readonly pushedSince?: Date;
  /** Where a page is kept that is handed out in parts. */
  readonly shelf?: ListingShelf<unknown>;
};

/** One page as a caller gets it. `complete` is false when part of what exists could not be listed. */
export type Listing<T> = {
  readonly entries: T[];
  readonly nextCursor?: string;
  readonly complete: boolean;
  readonly warnings: string[];
};

/** One page as a registry gives it. Names are unique within it. */
export type UpstreamPage<T> = {
  readonly entries: readonly T[];
  /** Query of the page after this one. */
  readonly next?: string | undefined;
  /** False when part of what belongs to this page could not be listed; a warning says which. */
  readonly complete?: boolean;
  readonly warnings?: readonly string[];
  /** Whether there is more of this very page, with names after the last of these, which are in order then. */
  readonly isCut?: boolean;
  /** Whether the registry was asked for the newest first. */
  readonly isNewestFirst?: boolean;
};

/** Reads a page of a registry; where that is cut, what is after a name of it. */
export type ReadPage<T> = (query: string, after: string | undefined) => Promise<UpstreamPage<T>>;

/** An entry: repositories have names only. */
type Named = { readonly name: string; readonly pushedAt?: string | undefined };

/** Pages read for one page of ours; a registry could answer empty ones for ever. */
const maxPagesPerRequest = 100;

/** How long pages are gathered for one of ours, milliseconds: whoever asked waits no longer than a minute. */
const patienceMs = 20_000;

/** More pages than any registry has; a hostile one could go on for ever. */
const maxPages = 1_000_000;

/**
 * Gathers pages of a registry into one page for the caller. A registry's page that is larger than what is left of
 * `limit` (some cannot page and answer everything) is handed out in parts, in order of names, so that the
 * cursor says where to go on even when the registry sorts its answer otherwise the next time. A slow registry fills less
 * of a page: what matters to the caller is the cursor.
 */
export async function listPages<T extends Named>(
  readPage: ReadPage<T>,
  firstQuery: string,
  { cursor, limit, pushedSince, shelf }: PageRequest,
  now: () => number = () => performance.now(),
): Promise<Listing<T>> {
  const enoughAt = now() + patienceMs;
  const kept = shelf as ListingShelf<T> | undefined;
  const entries: T[] = [];
  const warnings: string[] = [];
  let complete = true;
  let position: Position | undefined =
    cursor === undefined ? { query: firstQuery, page: 1 } : decodeCursor(cursor);
  const isEnough = (pages: number) =>
    entries.length >= limit || pages >= maxPagesPerRequest || (pages > 0 && now() >= enoughAt);
  for (let pages = 0; position && !isEnough(pages); pages++) {
    const current: Position = position;
    const shelved = kept?.take(current.query);
    const page: UpstreamPage<T> | undefined = shelved ?? (await readFrom(readPage, current, warnings));
    if (!page) return { entries, complete: false, warnings };
    warnings.push(...(page.warnings ?? []));
    complete &&= page.complete ?? true;
    const wanted = pushedSince && !shelved ? recent(page.entries, pushedSince) : page.entries;
    const rest = shelved
      ? shelved.entries.slice(countUpTo(shelved.entries, current.after))
      : remaining(wanted, current.after);
    const room = limit - entries.length;
    const next = pushedSince && leadsToThePast(page, pushedSince) ? undefined : page.next;
    const { isCut = false } = page;
    if (rest.length > room) {
      const ordered = shelved || isCut ? rest : inOrder(rest);
      const part = ordered.slice(0, room);
      entries.push(...part);
      position = { ...current, after: part.at(-1)?.name };
      if (!shelved) kept?.put(current.query, { entries: ordered, next, isCut });
    } else if (isCut) {
      entries.push(...rest);
      kept?.clear(current.query);
      position = { ...current, after: page.entries.at(-1)?.name };
    } else {
      entries.push(...rest);
      kept?.clear(current.query);
      position = follow(current, next);
      if (next !== undefined && !position) {
        warnings.push(
          'The registry leads in a circle from page to page, or nowhere; the listing was stopped there.',
        );
        return { entries, complete: false, warnings };
      }
    }
  }
  return { entries, complete, warnings, ...(position && { nextCursor: encodeCursor(position) }) };
}

/** Undefined, with a warning, when the registry no longer knows the page: some refuse to go on after a name that was deleted meanwhile. */
async function readFrom<T>(
  readPage: ReadPage<T>,
  { query, page, after }: Position,
  warnings: string[],
): Promise<UpstreamPage<T> | undefined> {
  try {
    return await readPage(query, after);
  } catch (error) {
    const isGone = error instanceof RegistryError && ['not-found', 'invalid-answer'].includes(error.code);
    if (page === 1 || !isGone) throw error;
    warnings.push(`The rest could not be listed, the registry refused to go on: ${error.message}`);
    return undefined;
  }
}

/** What nobody tells the time of may be new. */
function recent<T extends Named>(entries: readonly T[], since: Date): readonly T[] {
  return entries.filter(({ pushedAt }) => pushedAt === undefined || Date.parse(pushedAt) >= since.getTime());
}

/** Whether everything after a page is older than `since`: it ends before, and does go from new to old as it was asked to. */
function leadsToThePast<T extends Named>({ entries, isNewestFirst }: UpstreamPage<T>, since: Date): boolean {
  const times = entries.map(({ pushedAt }) => (pushedAt === undefined ? Number.NaN : Date.parse(pushedAt)));
  const last = times.at(-1);
  if (!isNewestFirst || last === undefined || !(last < since.getTime())) return false;
  return times.every((time, index) => index === 0 || time <= (times[index - 1] ?? Number.NaN));
}

function remaining<T extends Named>(entries: readonly T[], after: string | undefined): readonly T[] {
  return after === undefined ? entries : entries.filter(({ name }) => name > after);
}

/** How many of sorted entries have names up to and including this one. */
function countUpTo(entries: readonly Named[], after: string | undefined): number {
  let [low, high] = [0, after === undefined ? 0 : entries.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.name ?? '') <= (after ?? '')) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The position after a page, or undefined when there is none or it was met before. Brent's method finds every circle
 * and needs one mark only: the query of the last page whose number is a power of two.
 */
function follow({ query, page, mark }: Position, next: string | undefined): Position | undefined {
  if (next === undefined || next === query || page >= maxPages || next.length > maxQueryLength)
    return undefined;
  const isPowerOfTwo = (page & (page - 1)) === 0;
  const newMark = isPowerOfTwo || mark === undefined ? hashOf(query) : mark;
  return hashOf(next) === newMark ? undefined : { query: next, page: page + 1, mark: newMark };
}

function hashOf(query: string): string {
  return createHash('sha256').update(query).digest('base64url').slice(0, 16);
}
