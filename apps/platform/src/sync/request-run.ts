import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Database } from '../database/schema.ts';
import { isPaused, scheduleNextRun } from '../integrations/policy-schedule.ts';
import type { SyncDeps } from './sync-deps.ts';
import { insertRun } from './sync-store.ts';

export const jobNames = {
  run: 'sync.run',
  dryRun: 'sync.dry-run',
  prune: 'sync.prune',
  tick: 'sync.tick',
} as const;

export const RunJob = z.object({ runId: z.uuid() });

/**
 * Starts a sync run of an integration, in the caller's transaction when there is one.
 * @returns the run's id; undefined when one is unfinished, which then is the one to watch, and while the sync rests.
 */
export async function requestRun(
  { db, jobs }: Pick<SyncDeps, 'db' | 'jobs'>,
  integrationId: string,
  transaction?: Kysely<Database>,
): Promise<string | undefined> {
  if (!transaction)
    return await db.transaction().execute((own) => requestRun({ db, jobs }, integrationId, own));
  if (await isPaused(transaction, integrationId)) return undefined;
  const runId = await insertRun(transaction, integrationId);
  if (runId === undefined) return undefined;
  await scheduleNextRun(transaction, integrationId);
  await sendRun({ jobs }, runId, { transaction });
  return runId;
}

/** Has a run be worked on, now or after so many seconds. */
export async function sendRun(
  { jobs }: Pick<SyncDeps, 'jobs'>,
  runId: string,
  options: { readonly transaction?: Kysely<Database>; readonly startAfterSeconds?: number } = {},
): Promise<void> {
  await jobs.send(jobNames.run, { runId }, { singletonKey: runId, ...options });
}
