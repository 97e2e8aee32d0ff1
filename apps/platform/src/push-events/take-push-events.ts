import type { PushEvent } from '@plimsoll/contracts';
import { markPushEvent } from '../integrations/integration-store.ts';
import { sendDecide } from './push-event-jobs.ts';
import { hasTooManyEvents, putPushEvents } from './push-event-store.ts';
import type { PushEventsDeps } from './push-events-deps.ts';

/** Most events of one integration that wait to be looked at; more stay with the broker client, which is told to wait. */
const maxWaiting = 20_000;

/** Takes events that a broker client delivers; each is looked at by a job of the same transaction, once. */
export async function takePushEvents(
  { db, jobs, metrics }: Pick<PushEventsDeps, 'db' | 'jobs' | 'metrics'>,
  integrationId: string,
  events: readonly PushEvent[],
): Promise<'taken' | 'too-many'> {
  if (await hasTooManyEvents(db, integrationId, maxWaiting)) return 'too-many';
  const added = await db.transaction().execute(async (transaction) => {
    const ids = await putPushEvents(transaction, integrationId, events);
    await markPushEvent(transaction, integrationId);
    for (const eventId of ids) await sendDecide(jobs, { eventId, integrationId }, { transaction });
    return ids;
  });
  metrics.events.inc({ outcome: 'received' }, added.length);
  return 'taken';
}
