import type { ImportDone, ImportResult, ScanFailure } from '@plimsoll/contracts';
import { storable } from '../database/storable.ts';
import { setScanStatus } from '../projects/project-writes.ts';
import { isAppScanEnabled } from '../integrations/integration-store.ts';
import { putInventory } from '../inventories/inventory-store.ts';
import { systemOnly } from '../inventories/package-row.ts';
import type { ScanDeps } from './scan-deps.ts';
import { finishScanJob, wakeDispatch } from './scan-jobs.ts';
import { endScan, findScan, markReceived, maxAttempts, requestAgain, type Scan } from './scan-store.ts';

/** First pause before a failed scan is asked for again, seconds; doubled each time. */
const retryDelaySeconds = 30;

/** What became of a callback. `unknown`: there is no such scan for this caller. `refused`: it cannot be true. */
export type CallbackOutcome = 'taken' | 'repeated' | 'unknown' | 'refused';

/**
 * Takes the result of a scan: stores the inventory, and has it matched by a job of the same transaction. A result
 * that was taken before is not taken again.
 */
export async function takeResult(
  { db, jobs }: Pick<ScanDeps, 'db' | 'jobs'>,
  integrationId: string,
  { scanId, referenceDigest, inventory }: ImportResult,
): Promise<CallbackOutcome> {
  return await db.transaction().execute(async (transaction) => {
    const scan = await findScan(transaction, scanId, { lock: true });
    if (!scan || scan.integration_id !== integrationId) return 'unknown';
    if (scan.finished_at || scan.status === 'received') return 'repeated';
    const digest = referenceDigest ?? inventory.digest;
    // Who asks for a digest gets that digest: anything else would show one image under the name of another.
    if (isDigest(scan.reference) && scan.reference !== digest) return 'refused';

    const wanted = (await isAppScanEnabled(transaction, integrationId)) ? inventory : systemOnly(inventory);
    const { imageId } = await putInventory(transaction, scan.org_id, wanted, [
      { digest, platform: scan.platform },
      { digest: inventory.digest, platform: scan.platform },
    ]);
    await markReceived(transaction, scanId, imageId);
    await finishScanJob(jobs, { scanId, digest }, transaction);
    return 'taken';
  });
}

/** Takes the end of a scan: after its result nothing is left to do; without one it failed or was given back. */
export async function takeDone(
  deps: Pick<ScanDeps, 'db' | 'jobs' | 'scanEnded'>,
  integrationId: string,
  done: ImportDone,
): Promise<CallbackOutcome> {
  const outcome = await deps.db.transaction().execute(async (transaction): Promise<CallbackOutcome> => {
    const scan = await findScan(transaction, done.scanId, { lock: true });
    if (!scan || scan.integration_id !== integrationId) return 'unknown';
    if (scan.finished_at || scan.status !== 'dispatched') return 'repeated';
    if (done.status === 'returned') {
      await requestAgain(transaction, scan.id, { isAttempt: false });
      await setScanStatus(transaction, scan.id, 'pending');
    } else {
      await scanFailed({ ...deps, db: transaction }, scan, done.failure ?? noResult);
    }
    return 'taken';
  });
  // Whatever became of it, the agent has a free slot now.
  if (outcome !== 'unknown') await wakeDispatch(deps.jobs, integrationId);
  return outcome;
}

/** Asks for a scan again after a failure that may pass, or ends it. Run it in a transaction. */
export async function scanFailed(
  { db, scanEnded }: Pick<ScanDeps, 'db' | 'scanEnded'>,
  scan: Pick<Scan, 'id' | 'attempts' | 'sync_run_id'>,
  told: ScanFailure,
): Promise<void> {
  const failure = { ...told, message: storable(told.message) };
  if (failure.retryable && scan.attempts < maxAttempts) {
    const delaySeconds = retryDelaySeconds * 2 ** (scan.attempts - 1);
    await requestAgain(db, scan.id, { delaySeconds, isAttempt: true });
    await setScanStatus(db, scan.id, 'pending', failure.message);
    return;
  }
  if (!(await endScan(db, scan.id, { status: 'failed', failure }))) return;
  await setScanStatus(db, scan.id, 'failed', failure.message);
  if (scan.sync_run_id) await scanEnded(db, scan.sync_run_id);
}

const noResult: ScanFailure = {
  code: 'internal',
  message: 'The agent told the end of the scan without a result.',
  retryable: true,
};

function isDigest(reference: string): boolean {
  return reference.startsWith('sha256:');
}
