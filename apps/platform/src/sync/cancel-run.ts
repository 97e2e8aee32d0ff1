import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { cancelScans } from '../scans/cancel-scans.ts';
import { cancelledRunIds, endUnfinished } from './sync-store.ts';

/**
 * Ends a run where it is: nothing more is listed, imported or deleted, and scans that no agent has taken are not asked
 * for. What it has done stays, and scans under way end as usual.
 * @param ended runs in the transaction that ends the run.
 * @returns false when the run had ended already.
 */
export async function cancelRun(
  db: Kysely<Database>,
  runId: string,
  ended?: (transaction: Kysely<Database>) => Promise<void>,
): Promise<boolean> {
  // First the run: from now on no part of it adds scans.
  const isEnded = await db.transaction().execute(async (transaction) => {
    if (!(await endUnfinished(transaction, runId))) return false;
    await ended?.(transaction);
    return true;
  });
  if (!isEnded) return false;
  await cancelScans(db, runId);
  return true;
}

/** Cancels scans that were asked for again after their run was cancelled, or that a crash left. */
export async function sweepCancelled(db: Kysely<Database>): Promise<void> {
  for (const runId of await cancelledRunIds(db)) await cancelScans(db, runId);
}
