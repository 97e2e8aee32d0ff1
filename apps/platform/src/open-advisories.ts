import type { AdvisoryFeedStatus } from '@plimsoll/contracts';
import type { Logger, Secret } from '@plimsoll/runtime';
import { createAdvisories, type ImportReport } from './advisories/index.ts';
import { connectDatabase } from './database/connect.ts';
import { migrate } from './database/migrate.ts';
import { createFindings } from './findings/index.ts';
import { createJobs } from './jobs/create-jobs.ts';

/** What is known about vulnerabilities in a platform's database, opened from outside the platform. */
export type OpenedAdvisories = {
  /**
   * Imports a folder, file or address. Packages that changed advisories concern are matched again by the platform,
   * now when it runs, else when it starts.
   */
  importFrom(location: string, signal?: AbortSignal): Promise<ImportReport[]>;
  status(): Promise<AdvisoryFeedStatus[]>;
  close(): Promise<void>;
};

/** Opens a platform's database for the `plimsoll advisories` command; brings its schema up to date first. */
export async function openAdvisories(
  databaseUrl: string,
  log: Logger,
  githubToken?: Secret,
): Promise<OpenedAdvisories> {
  const db = connectDatabase(databaseUrl, (error) => log.warn({ err: error }, 'database connection lost'));
  const jobs = createJobs({ connectionString: databaseUrl, log });
  // Sends jobs and runs none, so nothing here learns of changed packages.
  const findings = createFindings({ db, jobs, log, onPackagesChanged: () => Promise.resolve() });
  const advisories = createAdvisories({
    db,
    log,
    githubToken,
    onChanged: (changes, transaction) => findings.requestRematch(changes, transaction),
  });
  await migrate(db);
  await jobs.start(findings.jobs, { work: false });
  return {
    importFrom: (location, signal) => advisories.importFrom(location, signal),
    status: () => advisories.status(),
    async close() {
      await jobs.stop(0);
      await db.destroy();
    },
  };
}
