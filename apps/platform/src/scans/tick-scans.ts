import { setScanStatus } from '../projects/project-writes.ts';
import type { ScanDeps } from './scan-deps.ts';
import { finishScanJob, wakeDispatch } from './scan-jobs.ts';
import { scanFailed } from './scan-outcome.ts';
import {
  expiredScans,
  integrationsWithRequestedScans,
  maxAttempts,
  receivedScanIds,
  requestAgain,
} from './scan-store.ts';

/** Scans looked at per tick; the next tick goes on. */
const scansPerTick = 1_000;

/**
 * Sees that every scan goes on, whatever was lost on the way: takes scans back from agents that have not been heard
 * of, has received ones finished, and has agents asked for those that wait.
 */
export async function tickScans({ db, jobs, log, scanEnded }: ScanDeps): Promise<void> {
  for (const scan of await expiredScans(db, scansPerTick)) {
    log.warn({ scanId: scan.id, attempts: scan.attempts }, 'scan lease over');
    if (scan.attempts < maxAttempts) {
      await requestAgain(db, scan.id, { isAttempt: true });
      await setScanStatus(db, scan.id, 'pending');
    } else {
      await db.transaction().execute((transaction) =>
        scanFailed({ db: transaction, scanEnded }, scan, {
          code: 'timeout',
          message: `Agents took the scan ${scan.attempts} times and never told its end.`,
          retryable: false,
        }),
      );
    }
  }
  for (const scanId of await receivedScanIds(db, scansPerTick)) await finishScanJob(jobs, { scanId });
  for (const integrationId of await integrationsWithRequestedScans(db))
    await wakeDispatch(jobs, integrationId);
}
