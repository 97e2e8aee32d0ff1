import { z } from 'zod';
import { cloudEventOf } from '../cloud-event.ts';
import { authorizationProof } from '../proofs.ts';
import { pushOf } from '../registry-event.ts';
import type { Reading, Sender } from '../sender.ts';
import { parse } from '../told.ts';

const Events = z.array(z.object({ eventType: z.string(), data: z.unknown() })).min(1);

const Validation = z.object({ validationCode: z.string().regex(/^[\w-]{1,512}$/) });

const imagePushed = 'Microsoft.ContainerRegistry.ImagePushed';

/**
 * Azure Container Registry through Event Grid, in its own schema or in that of CloudEvents. It wants its code back before
 * it sends anything. https://learn.microsoft.com/azure/event-grid/event-schema-container-registry
 */
export const eventGrid: Sender = {
  id: 'event-grid',
  types: ['acr'],
  proof: authorizationProof,
  read(notification) {
    const cloudEvent = cloudEventOf(notification);
    if (cloudEvent?.type.startsWith('Microsoft.'))
      return readEvents([{ ...cloudEvent, eventType: cloudEvent.type }]);
    const events = parse(Events, notification.body);
    if (!events?.every(({ eventType }) => eventType.startsWith('Microsoft.'))) return undefined;
    return readEvents(events);
  },
};

function readEvents(events: readonly { eventType: string; data?: unknown }[]): Reading {
  const [first] = events;
  const isValidation = first?.eventType === 'Microsoft.EventGrid.SubscriptionValidationEvent';
  const code = isValidation ? parse(Validation, first.data)?.validationCode : undefined;
  const pushes = events.flatMap(({ eventType, data }) =>
    eventType === imagePushed ? (pushOf(data) ?? []) : [],
  );
  return { pushes, ...(code !== undefined && { handshake: { validationResponse: code } }) };
}
