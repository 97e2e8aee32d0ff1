import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import type { FeedItem, FeedPart } from '@plimsoll/advisories';
import { compileAdvisory } from '@plimsoll/matching';
import type { Logger } from '@plimsoll/runtime';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { AdvisoryChanges } from './advisory-changes.ts';
import { modifiedOf, putAdvisories, type AdvisoryEntry } from './advisory-store.ts';
import { regroupAliases } from './alias-store.ts';
import { noteFailed, noteImported } from './feed-store.ts';
import { raiseRevision } from './revision-store.ts';
import { withdrawVanished } from './withdraw-vanished.ts';

export type ImportDeps = {
  readonly db: Kysely<Database>;
  readonly log: Logger;
  /** Told what changed inside the transaction that changed it, so that nothing is forgotten after a crash. */
  readonly onChanged: (changes: AdvisoryChanges, transaction: Kysely<Database>) => Promise<void>;
  readonly now: () => Date;
};

/** What the import of one part of a feed came to. */
export type ImportReport = {
  readonly ecosystem: string;
  readonly source: string;
  /** Records that could be read. */
  readonly advisories: number;
  /** How many of them were new or newer than what was stored. */
  readonly changed: number;
  /** Records that are gone from a complete archive. */
  readonly withdrawn: number;
  readonly skipped: number;
  /** The first of the records that were skipped, and why. */
  readonly faults: readonly { readonly name: string; readonly reason: string }[];
  /** Why the part could not be read to its end; what was read before stays in use. */
  readonly error?: string;
};

/** Faults that a report names; the rest is counted. */
const maxNamedFaults = 20;
/** A batch is one transaction: long enough to be fast, short enough to be held in memory twice. */
const batchRecords = 250;
const batchBytes = 1024 * 1024;

/**
 * Imports the parts of a feed one after the other. A part that fails does not keep the others from being imported.
 * Only records newer than what is stored are written.
 */
export async function importAdvisories(
  deps: ImportDeps,
  parts: readonly FeedPart[],
  signal?: AbortSignal,
): Promise<ImportReport[]> {
  const reports: ImportReport[] = [];
  for (const part of parts) {
    signal?.throwIfAborted();
    reports.push(await importPart(deps, part, signal));
  }
  return reports;
}

type Counts = { advisories: number; changed: number; withdrawn: number; skipped: number };

async function importPart(deps: ImportDeps, part: FeedPart, signal?: AbortSignal): Promise<ImportReport> {
  const { ecosystem, source } = part;
  const counts: Counts = { advisories: 0, changed: 0, withdrawn: 0, skipped: 0 };
  const faults: { name: string; reason: string }[] = [];
  const seen = new Set<string>();
  let newestModified: Date | undefined;
  const now = deps.now();
  deps.log.info({ ecosystem, source }, 'advisory import started');
  // One batch is written while the next is read and compiled.
  let writing = Promise.resolve(0);
  try {
    for await (const batch of batches(part.read(signal))) {
      signal?.throwIfAborted();
      for (const item of batch) {
        if ('fault' in item) {
          counts.skipped++;
          if (faults.length < maxNamedFaults) faults.push(item.fault);
          continue;
        }
        counts.advisories++;
        seen.add(item.advisory.id);
        const modified = new Date(item.advisory.modified);
        // Instants in the future occur; they must not make everything after them look old.
        if (modified <= now && !(newestModified && modified <= newestModified)) newestModified = modified;
      }
      const entries = await entriesOf(deps.db, ecosystem, batch);
      counts.changed += await writing;
      writing = write(deps, entries);
      writing.catch(() => {});
    }
    counts.changed += await writing;
    if (part.isComplete) counts.withdrawn = await withdrawVanished(deps, ecosystem, seen);
    const { advisories, skipped } = counts;
    await noteImported(deps.db, { ecosystem, source, advisories, skipped, newestModified });
    deps.log.info({ ecosystem, source, ...counts }, 'advisory import finished');
    if (faults.length > 0) deps.log.warn({ ecosystem, faults }, 'advisories skipped');
    return { ecosystem, source, ...counts, faults };
  } catch (error) {
    // Nothing of ours may still be under way when the caller goes on.
    await writing.catch(() => {});
    if (signal?.aborted) throw error;
    const { message } = error as Error;
    deps.log.error({ err: error, ecosystem, source }, 'advisory import failed');
    await noteFailed(deps.db, { ecosystem, source }, message);
    return { ecosystem, source, ...counts, faults, error: message };
  }
}

/** Compiles what is new in a batch, or newer than what is stored. */
async function entriesOf(
  db: Kysely<Database>,
  ecosystem: string,
  batch: readonly FeedItem[],
): Promise<AdvisoryEntry[]> {
  // Of an id that comes twice the newest counts; one statement cannot write a row twice.
  const items = new Map<string, Exclude<FeedItem, { fault: unknown }>>();
  for (const item of batch) {
    if ('fault' in item) continue;
    const { id, modified } = item.advisory;
    const other = items.get(id);
    if (!other || other.advisory.modified < modified) items.set(id, item);
  }
  const stored = await modifiedOf(db, [...items.keys()]);
  const newer = [...items.values()].filter(({ advisory }) => {
    const known = stored.get(advisory.id);
    return !known || known < new Date(advisory.modified);
  });
  return Promise.all(
    newer.map(async ({ advisory, document }) => {
      const { id, modified, published, withdrawn } = advisory;
      const compressed = await deflateAsync(document, { level: compressionLevel });
      const compiled = compileAdvisory(advisory);
      return { id, ecosystem, modified, published, withdrawn, ...compiled, document: compressed };
    }),
  );
}

/** Half the time of the default level, for a few per cent more bytes. */
const compressionLevel = 4;

/** Stores a batch with all that follows from it. @returns how many advisories were new or newer. */
async function write({ db, onChanged }: ImportDeps, entries: readonly AdvisoryEntry[]): Promise<number> {
  if (entries.length === 0) return 0;
  return db.transaction().execute(async (transaction) => {
    const { changed, keys } = await putAdvisories(transaction, entries);
    const aliases = new Map(
      entries.flatMap((entry) => (changed.has(entry.id) ? [[entry.id, entry.aliases] as const] : [])),
    );
    const vulnerabilities = await regroupAliases(transaction, aliases);
    if (changed.size > 0) await raiseRevision(transaction);
    await onChanged({ keys: distinctKeys(keys), vulnerabilities }, transaction);
    return changed.size;
  });
}

const deflateAsync = promisify(deflate);

/** Keys without repetition. */
function distinctKeys(keys: readonly [string, string][]): [string, string][] {
  return [...new Map(keys.map((key) => [key.join('\n'), key])).values()];
}

async function* batches(items: AsyncIterable<FeedItem>): AsyncIterable<FeedItem[]> {
  let batch: FeedItem[] = [];
  let bytes = 0;
  for await (const item of items) {
    batch.push(item);
    bytes += 'document' in item ? item.document.length : 0;
    if (batch.length >= batchRecords || bytes >= batchBytes) {
      yield batch;
      batch = [];
      bytes = 0;
    }
  }
  if (batch.length > 0) yield batch;
}
