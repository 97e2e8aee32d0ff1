import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import type { FeedItem, FeedPart, Reading } from '@plimsoll/advisories';
import { compileAdvisory } from '@plimsoll/matching';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { AdvisoryChanges } from './advisory-changes.ts';
import { modifiedOf, putAdvisories, type AdvisoryEntry } from './advisory-store.ts';
import { regroupAliases } from './alias-store.ts';
import { countFault, type Counts, type ImportDeps } from './import-advisories.ts';
import { zlibOfDeflated } from './zlib-wrap.ts';
import { raiseRevision } from './revision-store.ts';
import { withdrawVanished } from './withdraw-vanished.ts';

/** A batch is one transaction: long enough to be fast, short enough to be held in memory twice. */
const batchRecords = 250;
const batchBytes = 512 * 1024;

/**
 * Records that are read or compiled in a row, some milliseconds of work: the batch that is being written meanwhile, and
 * all else this process does, go on in between.
 */
const recordsPerTurn = 16;

type AdvisoryItem = Extract<FeedItem, { advisory: unknown }>;
export type Part = Pick<FeedPart, 'ecosystem' | 'isDump'>;

/** Imports advisories in batches, each a transaction that holds whole records only. Counts as it goes. */
export async function importRecords(
  deps: ImportDeps,
  part: Part,
  { extent, items }: Pick<Reading, 'extent' | 'items'>,
  counts: Counts,
  signal?: AbortSignal,
): Promise<void> {
  const seen = new Set<string>();
  // One batch is written while the next is read and compiled.
  let writing = Promise.resolve(0);
  try {
    for await (const batch of batches(items)) {
      signal?.throwIfAborted();
      for (const item of batch) count(item, counts, seen, deps.now());
      const entries = await entriesOf(deps.db, part, batch);
      counts.changed += await writing;
      writing = write(deps, part, entries);
      writing.catch(() => {});
    }
    counts.changed += await writing;
  } finally {
    // Nothing of ours may still be under way when the caller goes on.
    await writing.catch(() => {});
  }
  if (extent === 'all') counts.withdrawn = await withdrawVanished(deps, part.ecosystem, seen);
}

function count(item: FeedItem, counts: Counts, seen: Set<string>, now: Date): void {
  if ('fault' in item) countFault(counts, item.fault);
  if (!('advisory' in item)) return;
  counts.advisories++;
  seen.add(item.advisory.id);
  const modified = new Date(item.advisory.modified);
  const { newestModified } = counts;
  if (modified <= now && !(newestModified && modified <= newestModified)) counts.newestModified = modified;
}

/** Compiles what is new in a batch, or newer than what is stored. */
async function entriesOf(
  db: Kysely<Database>,
  { ecosystem, isDump }: Part,
  batch: readonly FeedItem[],
): Promise<AdvisoryEntry[]> {
  // Of an id that comes twice the newest counts; one statement cannot write a row twice.
  const items = new Map<string, AdvisoryItem>();
  for (const item of batch) {
    if (!('advisory' in item)) continue;
    const { id, modified } = item.advisory;
    const other = items.get(id);
    if (!other || other.advisory.modified < modified) items.set(id, item);
  }
  const stored = await modifiedOf(db, ecosystem, [...items.keys()]);
  const newer = [...items.values()].filter(({ advisory }) => {
    const known = stored.get(advisory.id);
    return !known || known < new Date(advisory.modified);
  });
  const entries: AdvisoryEntry[] = [];
  for (let start = 0; start < newer.length; start += recordsPerTurn) {
    const turn = newer.slice(start, start + recordsPerTurn);
    entries.push(...(await Promise.all(turn.map((item) => entryOf(item, { ecosystem, isDump })))));
    await nextTurn();
  }
  return entries;
}

/** Compiles and compresses a record. */
export async function entryOf(
  { advisory, document, deflated }: AdvisoryItem,
  { ecosystem, isDump }: Part,
): Promise<AdvisoryEntry> {
  const { id, modified, published, withdrawn } = advisory;
  // Compressing is the dearest part of an import, and most records come compressed.
  const compressed = deflated
    ? zlibOfDeflated(deflated, document)
    : await deflateAsync(document, { level: compressionLevel });
  const compiled = compileAdvisory(advisory);
  // A dump decides about its own ecosystem; the same id may stand in another one with other contents.
  const rows = isDump ? compiled.rows.filter((row) => familyOf(row.ecosystem) === ecosystem) : compiled.rows;
  return { id, modified, published, withdrawn, ...compiled, rows, document: compressed };
}

/** Half the time of the default level, for a few per cent more bytes. */
const compressionLevel = 4;

const deflateAsync = promisify(deflate);

function familyOf(ecosystem: string): string {
  return ecosystem.split(':', 1)[0] ?? '';
}

/** Stores a batch with all that follows from it. @returns how many advisories were new or newer. */
async function write(
  { db, onChanged }: ImportDeps,
  part: Part,
  entries: readonly AdvisoryEntry[],
): Promise<number> {
  if (entries.length === 0) return 0;
  return db.transaction().execute(async (transaction) => {
    // A crash of the database may lose the last batches as if they had not been read yet; the pass is noted as finished
    // by a commit that does wait for the disk, and so for all before it.
    await sql`set local synchronous_commit = off`.execute(transaction);
    const changes = await storeEntries(transaction, part, entries);
    await onChanged(changes, transaction);
    return changes.advisories.length;
  });
}

/** Stores advisories with all that follows from them. Run it in a transaction. @returns what has to be matched again. */
export async function storeEntries(
  transaction: Kysely<Database>,
  part: Part,
  entries: readonly AdvisoryEntry[],
): Promise<AdvisoryChanges> {
  const { changed, keys } = await putAdvisories(transaction, part, entries);
  const aliases = new Map(
    entries.flatMap((entry) => (changed.has(entry.id) ? [[entry.id, entry.aliases] as const] : [])),
  );
  const vulnerabilities = await regroupAliases(transaction, aliases);
  if (changed.size > 0) await raiseRevision(transaction);
  return { keys: distinctKeys(keys), vulnerabilities, advisories: [...changed] };
}

/** Keys without repetition. */
function distinctKeys(keys: readonly [string, string][]): [string, string][] {
  return [...new Map(keys.map((key) => [key.join('\n'), key])).values()];
}

async function* batches(items: AsyncIterable<FeedItem>): AsyncIterable<FeedItem[]> {
  let batch: FeedItem[] = [];
  let bytes = 0;
  for await (const item of items) {
    batch.push(item);
    if (batch.length % recordsPerTurn === 0) await nextTurn();
    bytes += 'document' in item ? item.document.length : 0;
    if (batch.length >= batchRecords || bytes >= batchBytes) {
      yield batch;
      batch = [];
      bytes = 0;
    }
  }
  if (batch.length > 0) yield batch;
}
