import { storedImage } from '../inventories/inventory-store.ts';
import { attachScanned } from '../projects/project-writes.ts';
import type { ScanDeps } from './scan-deps.ts';
import type { FinishJob } from './scan-jobs.ts';
import { endScan, findScan } from './scan-store.ts';

/**
 * Ends a received scan: matches the packages of its image, and then shows the image in the projects that wait for
 * it, so that nobody sees an image without its issues.
 */
export async function finishScan(
  { db, matchPackages, refreshCounts, scanEnded }: ScanDeps,
  { scanId, digest }: FinishJob,
  signal: AbortSignal,
): Promise<void> {
  const scan = await findScan(db, scanId, { lock: false });
  const imageId = scan?.image_id;
  if (!scan || scan.finished_at || imageId === null || imageId === undefined) return;
  const image = await storedImage(db, imageId);
  await matchPackages(image.packageIds, signal);

  await db.transaction().execute(async (transaction) => {
    if (!(await endScan(transaction, scanId, { status: 'received' }))) return;
    await attachScanned(transaction, scanId, {
      imageId,
      digest: digest ?? (scan.reference.startsWith('sha256:') ? scan.reference : image.digest),
      scannedAt: image.scannedAt,
    });
    await refreshCounts(transaction, [imageId]);
    if (scan.sync_run_id) await scanEnded(transaction, scan.sync_run_id);
  });
}
