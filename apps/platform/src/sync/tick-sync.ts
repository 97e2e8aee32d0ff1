import { dueIntegrations } from '../integrations/policy-schedule.ts';
import { sweepCancelled } from './cancel-run.ts';
import { sweepDryRuns } from './dry-run-store.ts';
import { sweepPruned } from './prune-store.ts';
import { requestRun } from './request-run.ts';
import type { SyncDeps } from './sync-deps.ts';
import { takeUpAbandoned } from './watch-runs.ts';

/** Starts the runs that are due, one per integration, and has runs that nobody works on taken up again. */
export async function tickSync(deps: Pick<SyncDeps, 'db' | 'jobs' | 'log'>): Promise<void> {
  for (const integrationId of await dueIntegrations(deps.db)) {
    // While a run is unfinished the integration stays due: its next run starts when that one has ended.
    const runId = await requestRun(deps, integrationId);
    if (runId !== undefined) deps.log.info({ integrationId, runId }, 'sync due');
  }
  await sweepDryRuns(deps.db);
  await sweepPruned(deps.db);
  await sweepCancelled(deps.db);
  await takeUpAbandoned(deps);
}
