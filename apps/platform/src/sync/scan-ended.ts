import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { hasUnfinishedScans } from '../scans/scan-store.ts';
import type { SyncDeps } from './sync-deps.ts';
import { endRun, lockRun } from './sync-store.ts';

/**
 * Completes a run whose scans have all ended. Called in the transaction that ends a scan; the lock makes the last
 * of several such transactions see the others.
 */
export async function scanEnded(
  { runEnded }: Pick<SyncDeps, 'runEnded'>,
  db: Kysely<Database>,
  runId: string,
): Promise<void> {
  const run = await lockRun(db, runId);
  if (run?.status !== 'scanning') return;
  if (await hasUnfinishedScans(db, runId)) return;
  await endRun(db, runId, { status: 'completed' });
  await runEnded?.(db, { id: runId, integrationId: run.integration_id });
}
