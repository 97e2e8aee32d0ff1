import type { FastifyPluginCallback } from 'fastify';
import { z } from 'zod';
import type { JobDefinition } from '../jobs/jobs.ts';
import { askingLeaseSeconds, dispatchScans } from './dispatch-scans.ts';
import { finishScan } from './finish-scan.ts';
import { importByHand } from './import-by-hand.ts';
import { callbackPlugin } from './routes.ts';
import type { ScanDeps } from './scan-deps.ts';
import { DispatchJob, FinishJob, jobNames, wakeDispatch } from './scan-jobs.ts';
import { tickScans } from './tick-scans.ts';

export { ImageNameError } from './import-by-hand.ts';
export type { ScanDeps } from './scan-deps.ts';

/** Makes the scans module: what is asked of agents, and what comes back. */
export function createScans(deps: ScanDeps): Scans {
  return {
    routes: callbackPlugin(deps),
    jobs: [dispatchJob(deps), finishJob(deps), tickJob(deps)] as JobDefinition[],
    importByHand: (orgId, integrationId, name, transaction) =>
      importByHand({ ...deps, db: transaction ?? deps.db }, { orgId, integrationId }, name),
    async wake(integrationId) {
      await wakeDispatch(deps.jobs, integrationId);
      // A connection that was lost in the middle of a question leaves a scan leased; by then that lease is over.
      await wakeDispatch(deps.jobs, integrationId, { afterSeconds: askingLeaseSeconds + 1 });
    },
  };
}

export type Scans = {
  /** The callbacks of agents. */
  readonly routes: FastifyPluginCallback;
  readonly jobs: readonly JobDefinition[];
  /** Imports `repository:tag`; throws {@link ImageNameError} when that cannot be read. */
  readonly importByHand: (
    orgId: string,
    integrationId: string,
    name: string,
    transaction?: ScanDeps['db'],
  ) => Promise<{ projectId: string }>;
  /** A broker client of this integration is there: asks its agent for what waits. */
  readonly wake: (integrationId: string) => Promise<void>;
};

function dispatchJob(deps: ScanDeps): JobDefinition<z.infer<typeof DispatchJob>> {
  return {
    name: jobNames.dispatch,
    data: DispatchJob,
    concurrency: 8,
    // The tick asks again.
    retries: 0,
    expireInSeconds: 600,
    handle: ({ integrationId }, signal) => dispatchScans(deps, integrationId, signal),
  };
}

function finishJob(deps: ScanDeps): JobDefinition<FinishJob> {
  return {
    name: jobNames.finish,
    data: FinishJob,
    concurrency: 2,
    retries: 10,
    expireInSeconds: 900,
    handle: (job, signal) => finishScan(deps, job, signal),
  };
}

function tickJob(deps: ScanDeps): JobDefinition<Record<string, never>> {
  return {
    name: jobNames.tick,
    data: z.object({}),
    concurrency: 1,
    retries: 0,
    expireInSeconds: 55,
    cron: '* * * * *',
    handle: () => tickScans(deps),
  };
}
