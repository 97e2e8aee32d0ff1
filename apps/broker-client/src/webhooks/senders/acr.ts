import { z } from 'zod';
import { authorizationProof } from '../proofs.ts';
import { pushOf } from '../registry-event.ts';
import { noPush, type Sender } from '../sender.ts';
import { parse } from '../told.ts';

/** `ping` is the test of the portal; charts have actions of their own. */
const Webhook = z.object({
  id: z.string(),
  action: z.enum(['push', 'delete', 'ping', 'quarantine', 'chart_push', 'chart_delete']),
  timestamp: z.string(),
});

/**
 * Azure Container Registry's own webhooks: one event of distribution each, with custom headers.
 * https://learn.microsoft.com/azure/container-registry/container-registry-webhook-reference
 */
export const acr: Sender = {
  id: 'acr',
  types: ['acr'],
  proof: authorizationProof,
  read({ body }) {
    if (!parse(Webhook, body)) return undefined;
    const push = pushOf(body);
    return push ? { pushes: [push] } : noPush;
  },
};
