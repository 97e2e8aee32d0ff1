import type { Kysely } from 'kysely';
import type { AgentClient } from '../broker-server/agent-client.ts';
import type { Database } from '../database/schema.ts';
import type { BrokerCallbackDeps } from '../http/broker-callbacks.ts';
import type { Jobs } from '../jobs/jobs.ts';

/** What the scans module needs of the others. */
export type ScanDeps = BrokerCallbackDeps & {
  readonly db: Kysely<Database>;
  readonly jobs: Jobs;
  readonly agentClient: AgentClient;
  /** Matches packages with advisories; returns when their findings are stored. */
  readonly matchPackages: (packageIds: readonly number[], signal: AbortSignal) => Promise<void>;
  /** Counts the issues of the projects that show these images again. */
  readonly refreshCounts: (db: Kysely<Database>, imageIds: readonly number[]) => Promise<void>;
  /** A scan of this run has ended. */
  readonly scanEnded: (db: Kysely<Database>, syncRunId: string) => Promise<void>;
  /** Forgets that a person deleted this project. */
  readonly clearTombstone: (
    db: Kysely<Database>,
    integrationId: string,
    image: { readonly repository: string; readonly tag: string },
  ) => Promise<void>;
};
