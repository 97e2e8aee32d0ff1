import { z } from 'zod';
import { hmacProof } from '../proofs.ts';
import { noPush, type Sender } from '../sender.ts';
import { parse, timeOf } from '../told.ts';

const Webhook = z.object({
  timestamp: z.string().nullish(),
  repositoryName: z.string(),
  action: z.string(),
  component: z.object({ format: z.string(), name: z.string(), version: z.string().nullish() }),
});

/**
 * Nexus Repository's repository webhooks, event type `component`; they tell no digest.
 * https://help.sonatype.com/en/working-with-http-webhooks.html
 */
export const nexus: Sender = {
  id: 'nexus',
  types: ['nexus-cr'],
  proof: hmacProof('sha1', 'x-nexus-webhook-signature'),
  read({ headers, body }) {
    const webhook = parse(Webhook, body);
    if (!webhook) return headers['x-nexus-webhook-id'] === undefined ? undefined : noPush;
    const { action, component, timestamp } = webhook;
    const { format, name: repository, version: tag } = component;
    const isPush = format === 'docker' && ['CREATED', 'UPDATED'].includes(action);
    return isPush && tag ? { pushes: [{ repository, tag, pushedAt: timeOf(timestamp) }] } : noPush;
  },
};
