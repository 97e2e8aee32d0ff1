import type { Logger } from '@plimsoll/runtime';
import type { Kysely } from 'kysely';
import type { AgentClient } from '../broker-server/agent-client.ts';
import type { Database } from '../database/schema.ts';
import type { Jobs } from '../jobs/jobs.ts';

/** What the sync module needs of the others. */
export type SyncDeps = {
  readonly db: Kysely<Database>;
  readonly jobs: Jobs;
  readonly agentClient: AgentClient;
  readonly log: Logger;
  /** Counts the issues of the projects that show these images again. */
  readonly refreshCounts: (db: Kysely<Database>, imageIds: readonly number[]) => Promise<void>;
  /** Told in the transaction that ends a run. */
  readonly runEnded?: (
    transaction: Kysely<Database>,
    run: { readonly id: string; readonly integrationId: string },
  ) => Promise<void>;
  /** Images imported or scanned again per run; `defaultImportLimit` of the policy package unless configured. */
  readonly importLimit?: number;
};
