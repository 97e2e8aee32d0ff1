import type { SyncRun } from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Database } from '../database/schema.ts';
import type { JobDefinition } from '../jobs/jobs.ts';
import { carryOutPrune } from './decide-prune.ts';
import { dryRunRoutes } from './dry-run-routes.ts';
import { runDryRun } from './dry-run.ts';
import { pauseRoutes } from './pause-routes.ts';
import { pruneRoutes } from './prune-routes.ts';
import { jobNames, requestRun, RunJob } from './request-run.ts';
import { syncRoutes } from './routes.ts';
import { runSync } from './run-sync.ts';
import { scanEnded } from './scan-ended.ts';
import type { SyncDeps } from './sync-deps.ts';
import { syncRunResource } from './sync-run-resource.ts';
import { latestRuns } from './sync-run-pages.ts';
import { tickSync } from './tick-sync.ts';
import { clearTombstone, putTombstones } from './tombstone-store.ts';
import { verdictRoutes } from './verdict-routes.ts';
import { watchRuns } from './watch-runs.ts';

export type { SyncDeps } from './sync-deps.ts';

/** Makes the sync module: one pass after the other over every integration with a policy. */
export function createSync(deps: SyncDeps): Sync {
  return {
    routes: async (app) => {
      await app.register(syncRoutes(deps));
      await app.register(dryRunRoutes(deps));
      await app.register(pruneRoutes(deps));
      await app.register(verdictRoutes(deps));
      await app.register(pauseRoutes(deps));
    },
    jobs: [runJob(deps), dryRunJob(deps), pruneJob(deps), tickJob(deps)] as JobDefinition[],
    watch: () => watchRuns(deps),
    requestRun: (integrationId, transaction) => requestRun(deps, integrationId, transaction),
    latestRuns: async (integrationIds) => {
      const runs = await latestRuns(deps.db, integrationIds);
      return new Map(
        [...runs].map(([integrationId, run]) => [
          integrationId,
          {
            id: run.id,
            status: syncRunResource(run, undefined).attributes.status,
            finishedAt: run.finished_at ?? undefined,
          },
        ]),
      );
    },
    scanEnded: (transaction, runId) => scanEnded(deps, transaction, runId),
    putTombstones,
    clearTombstone,
  };
}

export type Sync = {
  readonly routes: FastifyPluginAsync;
  readonly jobs: readonly JobDefinition[];
  /** Takes up runs of processes that died, until it is stopped; in processes that work. */
  readonly watch: () => { stop(): Promise<void> };
  /** Starts a run, in the transaction when there is one; undefined when one is unfinished. */
  readonly requestRun: (integrationId: string, transaction?: Kysely<Database>) => Promise<string | undefined>;
  /** The newest run of each of these integrations. */
  readonly latestRuns: (integrationIds: readonly string[]) => Promise<ReadonlyMap<string, LatestRun>>;
  /** To be called in the transaction that ends a scan of a run. */
  readonly scanEnded: (db: Kysely<Database>, runId: string) => Promise<void>;
  /** To be called in the transaction in which a person deletes projects. */
  readonly putTombstones: (
    db: Kysely<Database>,
    integrationId: string,
    images: readonly { readonly repository: string; readonly tag: string }[],
  ) => Promise<void>;
  /** To be called in the transaction in which a person imports an image. */
  readonly clearTombstone: (
    db: Kysely<Database>,
    integrationId: string,
    image: { readonly repository: string; readonly tag: string },
  ) => Promise<void>;
};

const DryRunWork = z.object({ dryRunId: z.uuid() });

export type LatestRun = {
  readonly id: string;
  readonly status: SyncRun['attributes']['status'];
  readonly finishedAt: Date | undefined;
};

function runJob(deps: SyncDeps): JobDefinition<z.infer<typeof RunJob>> {
  return {
    name: jobNames.run,
    data: RunJob,
    concurrency: 4,
    // For a process that dies; whatever else ends a run early is counted and told by the run itself.
    retries: 2,
    expireInSeconds: 6 * 60 * 60,
    handle: ({ runId }, signal) => runSync(deps, runId, signal),
  };
}

function dryRunJob(deps: SyncDeps): JobDefinition<z.infer<typeof DryRunWork>> {
  return {
    name: jobNames.dryRun,
    data: DryRunWork,
    concurrency: 2,
    // A dry run that was interrupted has failed; whoever asked for it asks again.
    retries: 0,
    expireInSeconds: 6 * 60 * 60,
    handle: ({ dryRunId }, signal) => runDryRun(deps, dryRunId, signal),
  };
}

function pruneJob(deps: SyncDeps): JobDefinition<z.infer<typeof RunJob>> {
  return {
    name: jobNames.prune,
    data: RunJob,
    concurrency: 1,
    retries: 10,
    expireInSeconds: 3_600,
    handle: ({ runId }, signal) => carryOutPrune(deps, runId, signal),
  };
}

function tickJob(deps: SyncDeps): JobDefinition<Record<string, never>> {
  return {
    name: jobNames.tick,
    data: z.object({}),
    concurrency: 1,
    retries: 0,
    expireInSeconds: 55,
    cron: '* * * * *',
    handle: () => tickSync(deps),
  };
}
