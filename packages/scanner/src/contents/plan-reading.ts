import { setImmediate } from 'node:timers/promises';
import { FactsCollector } from '../layers/facts-collector.ts';
import { normalPath } from '../layers/tar-walker.ts';
import type { ContentsChunk, ContentsEntry, ContentsTable } from './contents-table.ts';
import { DoubtfulContents, requireSure } from './doubtful-contents.ts';

/** A part of the blob, bytes; `end` is not in it. */
export type BlobRange = { readonly start: number; readonly end: number };

/** What is to be fetched of a layer. */
export type ReadingPlan = {
  readonly entries: readonly PlannedEntry[];
  /** Rising, none touching the next. */
  readonly ranges: readonly BlobRange[];
};

/** An entry, and whether its body is to be fetched. */
export type PlannedEntry = ContentsEntry & { readonly isWanted: boolean };

/**
 * Bytes between two parts that are fetched rather than asked for anew: what a connection carries in one round trip, and
 * of a small layer a small share.
 */
const worthARequest = { bytes: 256 * 1024, share: 1 / 64 };

/** Requests for one layer; with more, what lies between is fetched, too. */
const maxRanges = 64;

/**
 * Above this share of the blob the stream is the better way: unpacking file by file takes the processor about three times
 * as long as the stream does, and the whole blob proves its digest.
 */
const worthwhileShare = 1 / 3;

/** Entries looked at before others get their turn: about a millisecond. */
const entriesPerTurn = 500;

/**
 * Decides what to fetch of a layer, by asking what would read it which entries it wants.
 * @param collector a fresh one: it is told of all entries and has no further use
 * @throws {DoubtfulContents} when reading the whole layer is the better way.
 */
export async function planReading(
  table: ContentsTable,
  collector: FactsCollector,
  { sizeBytes, tableBytes }: { readonly sizeBytes: number; readonly tableBytes: number },
  signal: AbortSignal,
): Promise<ReadingPlan> {
  const entries: PlannedEntry[] = [];
  for (const [index, entry] of table.entries.entries()) {
    if (index % entriesPerTurn === 0) await setImmediate(undefined, { signal });
    const { type, path, target } = entry;
    const asTar = {
      type,
      path: normalPath(path),
      target,
      sizeBytes: entry.sizeBytes,
      bodyOffset: 0,
      isSparse: false,
      isOutside: false,
    };
    entries.push({ ...entry, isWanted: collector.entry(asTar) !== false && entry.sizeBytes > 0 });
  }
  // Files that are too large or too many: the reader of the whole layer says so with the right numbers.
  requireSure(collector.facts().warnings.length === 0, 'Something in the layer will be warned of');
  const parts = entries.filter(({ isWanted }) => isWanted).flatMap(({ chunks }) => chunks);
  const gap = Math.min(worthARequest.bytes, sizeBytes * worthARequest.share);
  const ranges = joined(
    parts.flatMap((chunk) => rangeOf(chunk, table.boundaries) ?? []),
    gap,
  );
  const fetched = ranges.reduce((sum, { start, end }) => sum + end - start, tableBytes);
  if (fetched > sizeBytes * worthwhileShare) throw new DoubtfulContents('Most of the layer is wanted');
  return { entries, ranges };
}

/** Where a chunk is stored: from its beginning to the next place where something begins or ends. */
export function rangeOf(chunk: ContentsChunk, boundaries: readonly number[]): BlobRange | undefined {
  const { start } = chunk;
  if (start === undefined) return undefined;
  let low = 0;
  let high = boundaries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (boundaries[middle]! > start) high = middle;
    else low = middle + 1;
  }
  const end = boundaries[low];
  requireSure(end !== undefined, 'A chunk lies behind the end');
  return { start, end };
}

/** Joins what lies close together; the tar's order is the blob's, so anything else is odd. */
function joined(parts: readonly BlobRange[], smallestGap: number): BlobRange[] {
  for (let gap = smallestGap; ; gap = gap * 2 + 1) {
    const ranges: { start: number; end: number }[] = [];
    for (const part of parts) {
      const last = ranges.at(-1);
      requireSure(!last || part.start >= last.start, 'The files of the layer are not stored in their order');
      if (last && part.start - last.end <= gap) last.end = Math.max(last.end, part.end);
      else ranges.push({ ...part });
    }
    if (ranges.length <= maxRanges) return ranges;
  }
}
