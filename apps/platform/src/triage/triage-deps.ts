import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { IgnorePlace } from './ignore-store.ts';

/** What the triage module needs of the others. */
export type TriageDeps = {
  readonly db: Kysely<Database>;
  readonly jobs: Jobs;
  readonly now: () => Date;
  /** The address that people open, without a trailing slash. */
  readonly publicUrl: string;
  /** The names of a project, or of a target (then without a tag); undefined when the organization has none such. */
  readonly placeOf: (
    orgId: string,
    kind: 'project' | 'target',
    id: string,
  ) => Promise<IgnorePlace | undefined>;
  /** What an issue is about; undefined when there is no such issue. */
  readonly issueOf: (
    orgId: string,
    issueId: string,
  ) => Promise<{ readonly vulnerability: string; readonly purl: string } | undefined>;
  /** Has the counters of some projects of an organization refreshed; enqueued in the transaction. */
  readonly requestRecount: (recount: Recount, transaction: Kysely<Database>) => Promise<void>;
  /** Returns when those who matched by what was known before now have written their findings. */
  readonly awaitFindings: () => Promise<void>;
  /** Told which packages have findings that are judged otherwise than before. */
  readonly onPackagesChanged: (packageIds: readonly number[]) => Promise<void>;
  /** Refreshes the counters of one project now, so that whoever decided sees it. */
  readonly recountProject: (orgId: string, place: IgnorePlace) => Promise<void>;
};

/** Whose counters have to be refreshed: projects with a finding of these vulnerabilities. */
export type Recount = {
  readonly orgId: string;
  readonly vulnerabilities: readonly string[];
  /** Only in this repository. */
  readonly integrationId?: string | undefined;
  readonly repository?: string | undefined;
};
