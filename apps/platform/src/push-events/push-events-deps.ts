import type { Kysely } from 'kysely';
import type { AgentClient } from '../broker-server/agent-client.ts';
import type { Database } from '../database/schema.ts';
import type { BrokerCallbackDeps } from '../http/broker-callbacks.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { PushEventMetrics } from './push-event-metrics.ts';

/** What the push events module needs of the others. */
export type PushEventsDeps = BrokerCallbackDeps & {
  readonly db: Kysely<Database>;
  readonly jobs: Jobs;
  readonly agentClient: AgentClient;
  readonly metrics: PushEventMetrics;
  /** Counts the issues of the projects that show these images again. */
  readonly refreshCounts: (db: Kysely<Database>, imageIds: readonly number[]) => Promise<void>;
};
