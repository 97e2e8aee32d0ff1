import { ChannelType } from '@plimsoll/contracts';
import { z } from 'zod';
import type { JobDefinition } from '../jobs/jobs.ts';
import { noteAttempt, type ChannelRow } from './channel-store.ts';
import { findPending, noteDelivery } from './delivery-store.ts';
import { Message } from './message.ts';
import { NotificationError } from './notification-error.ts';
import type { NotificationsDeps } from './notifications-deps.ts';
import { SealError, type Seal } from './seal.ts';
import type { Envelope, Sender } from './senders/sender.ts';

export const deliverJobName = 'notifications.deliver';
const DeliverJob = z.object({ deliveryId: z.uuid() });

/** Attempts before a message is given up; with the queue's pauses that is about an hour. */
const maxAttempts = 14;

export type Deliverer = {
  readonly senders: ReadonlyMap<ChannelType, Sender>;
  readonly seal: Seal | undefined;
};

/**
 * Sends one message to one channel, now.
 * @throws {NotificationError}
 */
export async function sendNow(
  { senders, seal }: Deliverer,
  channel: Pick<ChannelRow, 'kind' | 'target' | 'sealed_secret'> & { readonly id: string },
  envelope: Envelope,
  signal: AbortSignal,
): Promise<void> {
  const sender = senders.get(ChannelType.parse(channel.kind));
  if (!sender) throw new Error(`no sender for ${channel.kind}`);
  const { target } = channel;
  await sender.send({ target, secret: secretOf(seal, channel) }, envelope, signal);
}

function secretOf(
  seal: Seal | undefined,
  { id, sealed_secret: sealed }: { readonly id: string; readonly sealed_secret: Buffer | null },
): string | undefined {
  if (sealed === null) return undefined;
  if (!seal) throw new NotificationError('not-configured', 'The platform has no ENCRYPTION_KEY any more');
  try {
    return seal.open(sealed, id);
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new NotificationError('not-configured', error.message, { cause: error });
  }
}

/** The job that delivers a message, and tries again when that fails. */
export function deliverJob(
  { db, log }: Pick<NotificationsDeps, 'db' | 'log'>,
  deliverer: Deliverer,
): JobDefinition<z.infer<typeof DeliverJob>> {
  return {
    name: deliverJobName,
    data: DeliverJob,
    concurrency: 4,
    retries: maxAttempts - 1,
    expireInSeconds: 120,
    async handle({ deliveryId }, signal) {
      const delivery = await findPending(db, deliveryId);
      if (!delivery) return;
      const envelope = {
        id: delivery.id,
        createdAt: delivery.created_at,
        message: Message.parse(delivery.message),
      };
      try {
        await sendNow(deliverer, { ...delivery, id: delivery.channel_id }, envelope, signal);
      } catch (error) {
        // The process stops: that says nothing about the receiver.
        if (signal.aborted || !(error instanceof NotificationError)) throw error;
        const isLast = error.isLasting || delivery.attempts + 1 >= maxAttempts;
        await noteDelivery(db, deliveryId, { error: error.message, isLast });
        await noteAttempt(db, delivery.channel_id, error.message);
        if (!isLast) throw error;
        log.warn({ deliveryId, channelId: delivery.channel_id, err: error }, 'notification given up');
        return;
      }
      await noteDelivery(db, deliveryId, { isLast: true });
      await noteAttempt(db, delivery.channel_id, undefined);
    },
  };
}
