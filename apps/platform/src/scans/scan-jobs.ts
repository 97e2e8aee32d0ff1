import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Database } from '../database/schema.ts';
import type { Jobs } from '../jobs/jobs.ts';

export const DispatchJob = z.object({ integrationId: z.uuid() });

export const FinishJob = z.object({
  scanId: z.uuid(),
  /** What the asked reference pointed at; taken from the scan when the job is sent again. */
  digest: z.string().optional(),
});
export type FinishJob = z.infer<typeof FinishJob>;

export const jobNames = { dispatch: 'scan.dispatch', finish: 'scan.finish', tick: 'scan.tick' } as const;

/**
 * Has the agents of an integration be asked for the scans that wait. The scans themselves are the queue; this is
 * only the call to look at it, so one call that waits is enough.
 */
export async function wakeDispatch(
  jobs: Jobs,
  integrationId: string,
  { transaction, afterSeconds }: { transaction?: Kysely<Database>; afterSeconds?: number } = {},
): Promise<void> {
  const isLater = afterSeconds !== undefined;
  await jobs.send(
    jobNames.dispatch,
    { integrationId },
    {
      group: integrationId,
      // A call for later must not stand in the way of one for sooner.
      singletonKey: isLater ? `${integrationId} ${afterSeconds}` : integrationId,
      ...(isLater && { startAfterSeconds: afterSeconds }),
      ...(transaction && { transaction }),
    },
  );
}

/** Has a received scan be matched and ended. */
export async function finishScanJob(
  jobs: Jobs,
  job: FinishJob,
  transaction?: Kysely<Database>,
): Promise<void> {
  await jobs.send(jobNames.finish, job, { singletonKey: job.scanId, ...(transaction && { transaction }) });
}
