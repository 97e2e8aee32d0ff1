import { openFeed } from '@plimsoll/advisories';
import type { AdvisoryFeedStatus } from '@plimsoll/contracts';
import type { Logger } from '@plimsoll/runtime';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Database } from '../database/schema.ts';
import type { JobDefinition } from '../jobs/jobs.ts';
import type { AdvisoryChanges } from './advisory-changes.ts';
import { feedStatus } from './feed-store.ts';
import { importAdvisories, type ImportReport } from './import-advisories.ts';

export type AdvisoriesDeps = {
  readonly db: Kysely<Database>;
  readonly log: Logger;
  /** Folder, file or address that the import job reads; there is no such job without one. */
  readonly location?: string | undefined;
  /** Only these ecosystems; all that images can contain unless told. */
  readonly ecosystems?: readonly string[] | undefined;
  /** Has packages matched again; runs inside the transaction of the import. */
  readonly onChanged: (changes: AdvisoryChanges, transaction: Kysely<Database>) => Promise<void>;
  readonly now?: () => Date;
};

export type Advisories = {
  /** The state of every feed, for `GET /rest/advisories`. */
  status(): Promise<AdvisoryFeedStatus[]>;
  /** Imports all of a location now. @throws {AdvisoriesError} when there is nothing to read. */
  importFrom(location: string, signal?: AbortSignal): Promise<ImportReport[]>;
  readonly jobs: readonly JobDefinition[];
};

/** Keeps what is known about vulnerabilities. */
export function createAdvisories(deps: AdvisoriesDeps): Advisories {
  const { db, log, location, ecosystems, onChanged, now = () => new Date() } = deps;
  const importFrom = async (location: string, signal?: AbortSignal) =>
    importAdvisories({ db, log, onChanged, now }, await openFeed(location, { ecosystems }, signal), signal);
  return {
    status: () => feedStatus(db),
    importFrom,
    jobs: location ? [importJob((signal) => importFrom(location, signal))] : [],
  };
}

/** Each night, a little after the public dumps are renewed, and not at the full hour when everybody asks. */
const nightly = '17 3 * * *';
/** A first import of all ecosystems over a slow line. */
const importExpiresInSeconds = 2 * 60 * 60;

function importJob(run: (signal: AbortSignal) => Promise<ImportReport[]>): JobDefinition {
  return {
    name: 'advisories.import',
    data: z.object({}),
    concurrency: 1,
    retries: 3,
    expireInSeconds: importExpiresInSeconds,
    cron: nightly,
    async handle(_data, signal) {
      const failed = (await run(signal)).flatMap(({ ecosystem, error }) => (error ? [ecosystem] : []));
      // Retried as a whole; what is stored already is skipped quickly.
      if (failed.length > 0) throw new Error(`Advisories of ${failed.join(', ')} could not be imported`);
    },
  };
}
