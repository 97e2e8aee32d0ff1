import type { Fault, FeedPart } from '@plimsoll/advisories';
import { compilerVersion } from '@plimsoll/matching';
import type { Logger } from '@plimsoll/runtime';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { AdvisoryChanges } from './advisory-changes.ts';
import { unknownOf } from './advisory-store.ts';
import { knownOf, noteFailed, noteImported, noteUnchanged } from './feed-store.ts';
import { importEnrichment } from './import-enrichment.ts';
import { importRecords } from './import-records.ts';
import { trustedProducts, type VexTrust } from './vex-trust.ts';

export type ImportDeps = {
  readonly db: Kysely<Database>;
  readonly log: Logger;
  /** Told what changed inside the transaction that changed it, so that nothing is forgotten after a crash. */
  readonly onChanged: (changes: AdvisoryChanges, transaction: Kysely<Database>) => Promise<void>;
  readonly now: () => Date;
  /** About which products sources of VEX documents are believed; about all where nothing is said of one. */
  readonly vexTrust?: readonly VexTrust[] | undefined;
};

/** What the import of one part of a feed came to. */
export type ImportReport = {
  readonly ecosystem: string;
  readonly source: string;
  /** The id of its format; absent when it could not be opened, or had not changed. */
  readonly feed?: string;
  /** The source is as it was, and was not read. */
  readonly isUnchanged: boolean;
  /** Records that could be read. */
  readonly advisories: number;
  /** How many of them were new or newer than what was stored. */
  readonly changed: number;
  /** Records that are gone from a complete archive. */
  readonly withdrawn: number;
  readonly skipped: number;
  /** The first of the records that were skipped, and why. */
  readonly faults: readonly Fault[];
  /** Why the part could not be read to its end; what was read before stays in use. */
  readonly error?: string;
};

/** What was counted while a part was read. */
export type Counts = {
  advisories: number;
  changed: number;
  withdrawn: number;
  skipped: number;
  faults: Fault[];
  /** The newest instant among the records that is not in the future; such occur and must not make all else look old. */
  newestModified: Date | undefined;
};

/** Faults that a report names; the rest is counted. */
const maxNamedFaults = 20;

/** Counts a record that cannot be read. */
export function countFault(counts: Counts, fault: Fault): void {
  counts.skipped++;
  if (counts.faults.length < maxNamedFaults) counts.faults.push(fault);
}

/**
 * Imports the parts of a feed one after the other. A part that fails does not keep the others from being imported.
 * Only records newer than what is stored are written; sources that did not change are not read.
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

async function importPart(deps: ImportDeps, part: FeedPart, signal?: AbortSignal): Promise<ImportReport> {
  const { db, log } = deps;
  const { ecosystem, source } = part;
  const counts: Counts = {
    advisories: 0,
    changed: 0,
    withdrawn: 0,
    skipped: 0,
    faults: [],
    newestModified: undefined,
  };
  log.info({ ecosystem, source }, 'advisory import started');
  try {
    const known = await knownOf(db, part, compilerVersion);
    // A file is read again when it is believed about other products than before.
    const believed = trustedProducts(deps.vexTrust ?? [], source);
    const mark = believed ? ` about ${believed.join(' ')}` : '';
    const isSameTrust = known.validator?.replace(/^.*?( about .*)?$/s, '$1') === mark;
    const validatorBefore = isSameTrust
      ? known.validator?.slice(0, known.validator.length - mark.length)
      : undefined;
    const unknown = (records: Parameters<typeof unknownOf>[2]) => unknownOf(db, ecosystem, records);
    await using reading = await part.open(
      { ...known, validator: validatorBefore, unknownOf: unknown },
      signal,
    );
    const { feed, kind, extent, validator } = reading;
    if (extent === 'nothing') {
      await noteUnchanged(db, ecosystem);
      log.info({ ecosystem, source }, 'advisories did not change');
      return { ecosystem, source, isUnchanged: true, ...reported(counts) };
    }
    if (kind === 'advisories') await importRecords(deps, part, reading, counts, signal);
    else await importEnrichment(deps, { ecosystem, believed }, reading, counts, signal);
    await noteImported(db, {
      ecosystem,
      source,
      feed,
      kind,
      validator: validator === undefined ? undefined : `${validator}${mark}`,
      isComplete: extent === 'all',
      compiled: compilerVersion,
      counts,
    });
    const { faults, newestModified: _newest, ...numbers } = counts;
    log.info({ ecosystem, source, feed, ...numbers }, 'advisory import finished');
    if (faults.length > 0) log.warn({ ecosystem, faults }, 'advisories skipped');
    return { ecosystem, source, feed, isUnchanged: false, ...reported(counts) };
  } catch (error) {
    if (signal?.aborted) throw error;
    const { message } = error as Error;
    log.error({ err: error, ecosystem, source }, 'advisory import failed');
    await noteFailed(db, { ecosystem, source }, message);
    return { ecosystem, source, isUnchanged: false, ...reported(counts), error: message };
  }
}

function reported({ newestModified: _newest, ...rest }: Counts) {
  return rest;
}
