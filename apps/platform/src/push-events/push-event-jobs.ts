import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Database } from '../database/schema.ts';
import type { Jobs } from '../jobs/jobs.ts';

export const jobNames = { decide: 'push-event.decide', forget: 'push-event.forget' } as const;

export const DecideJob = z.object({ eventId: z.uuid() });

/** Has an event be looked at, now or after so many seconds. */
export async function sendDecide(
  jobs: Jobs,
  { eventId, integrationId }: { readonly eventId: string; readonly integrationId: string },
  options: { readonly transaction?: Kysely<Database>; readonly startAfterSeconds?: number },
): Promise<void> {
  const job: z.infer<typeof DecideJob> = { eventId };
  await jobs.send(jobNames.decide, job, { singletonKey: eventId, group: integrationId, ...options });
}
