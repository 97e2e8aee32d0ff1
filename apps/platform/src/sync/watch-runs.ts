import { pausedIntegrations } from '../integrations/policy-schedule.ts';
import { sendRun } from './request-run.ts';
import { abandonedRunIds } from './run-lease.ts';
import type { SyncDeps } from './sync-deps.ts';

/** How often each worker looks for runs of dead processes, milliseconds. With the lease, the longest that a run lies still. */
const watchMs = 3_000;

/** Has runs that nobody works on taken up again. One that is in the queue already is not put there again. */
export async function takeUpAbandoned({ db, jobs }: Pick<SyncDeps, 'db' | 'jobs'>): Promise<void> {
  const paused = await pausedIntegrations(db);
  for (const runId of await abandonedRunIds(db, paused)) await sendRun({ jobs }, runId);
}

/**
 * Looks every few seconds for runs whose process died. The queue finds out about its job only after half a minute, so that
 * the lease of the run decides: another call works on it at once, and the queue's own finds nothing left to do.
 */
export function watchRuns(deps: Pick<SyncDeps, 'db' | 'jobs' | 'log'>): { stop(): Promise<void> } {
  let look = Promise.resolve();
  let isLooking = false;
  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    look = takeUpAbandoned(deps)
      .catch((error: unknown) => deps.log.warn({ err: error }, 'abandoned sync runs not looked for'))
      .finally(() => {
        isLooking = false;
      });
  }, watchMs);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      return look;
    },
  };
}
