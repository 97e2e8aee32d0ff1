import { AdvisoriesError, openFeed, type FeedOptions } from '@plimsoll/advisories';
import type { AdvisoryFeedStatus } from '@plimsoll/contracts';
import type { Logger } from '@plimsoll/runtime';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Database } from '../database/schema.ts';
import type { JobDefinition } from '../jobs/jobs.ts';
import type { AdvisoryChanges } from './advisory-changes.ts';
import { feedStatus, noteFailed } from './feed-store.ts';
import { forgetVanishedVex } from './forget-vex.ts';
import { importAdvisories, type ImportDeps, type ImportReport } from './import-advisories.ts';

export type AdvisoriesDeps = {
  readonly db: Kysely<Database>;
  readonly log: Logger;
  /** Folders, files and addresses that the import job reads; there is no such job without any. */
  readonly locations?: readonly string[] | undefined;
  /** Only these ecosystems; all that images can contain unless told. */
  readonly ecosystems?: readonly string[] | undefined;
  readonly vexTrust?: ImportDeps['vexTrust'];
  /** For GitHub's REST API. */
  readonly githubToken?: FeedOptions['githubToken'];
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
  const {
    db,
    log,
    locations = [],
    ecosystems,
    githubToken,
    vexTrust,
    onChanged,
    now = () => new Date(),
  } = deps;
  const importFrom = async (location: string, signal?: AbortSignal) => {
    const parts = await openFeed(location, { ecosystems, githubToken, now }, signal);
    const reports = await importAdvisories({ db, log, onChanged, now, vexTrust }, parts, signal);
    await db.transaction().execute(async (transaction) => {
      const changes = await forgetVanishedVex(transaction, location, parts);
      const { keys, spokenOf = [] } = changes;
      if (keys.length + spokenOf.length === 0) return;
      log.info({ location, vulnerabilities: spokenOf.length }, 'vex documents forgotten');
      await onChanged(changes, transaction);
    });
    return reports;
  };
  const importAll = async (signal: AbortSignal) => {
    const failed: string[] = [];
    for (const location of locations) {
      try {
        const reports = await importFrom(location, signal);
        failed.push(...reports.flatMap(({ ecosystem, error }) => (error === undefined ? [] : [ecosystem])));
      } catch (error) {
        // One source that cannot even be listed does not keep the others from being read.
        if (!(error instanceof AdvisoriesError)) throw error;
        log.error({ err: error, location }, 'advisory source cannot be read');
        await noteFailed(db, { ecosystem: location, source: location }, error.message);
        failed.push(location);
      }
    }
    // Retried as a whole; what is stored already is skipped quickly.
    if (failed.length > 0) throw new Error(`Advisories of ${failed.join(', ')} could not be imported`);
  };
  return {
    status: () => feedStatus(db, now()),
    importFrom,
    jobs: locations.length > 0 ? [importJob(importAll)] : [],
  };
}

/** Each hour: sources that did not change answer so, and of others only what is new is read. Not at the full hour. */
const hourly = '17 * * * *';
/** A first import of all ecosystems over a slow line. */
const importExpiresInSeconds = 2 * 60 * 60;

function importJob(run: (signal: AbortSignal) => Promise<void>): JobDefinition {
  return {
    name: 'advisories.import',
    data: z.object({}),
    concurrency: 1,
    retries: 3,
    expireInSeconds: importExpiresInSeconds,
    cron: hourly,
    handle: (_data, signal) => run(signal),
  };
}
