import { z } from 'zod';
import { Instant } from '../names.ts';
import { relationshipTo } from './json-api.ts';

/**
 * What became of a push event: `imported` a new image; `rescanned` a moved tag; `unchanged` when its project shows it
 * already; `left-out` by the policy; `gone` when the registry does not know the tag; `failed` when it could not be asked.
 */
export const pushEventOutcomes = [
  'imported',
  'rescanned',
  'unchanged',
  'left-out',
  'gone',
  'failed',
] as const;
export type PushEventOutcome = (typeof pushEventOutcomes)[number];

/** A push that a registry told of. */
export const PushEventResource = z.object({
  id: z.uuid(),
  type: z.literal('push_event'),
  attributes: z.object({
    /** The product that told it. */
    sender: z.string(),
    repository: z.string(),
    tag: z.string(),
    digest: z.string().optional(),
    pushed_at: Instant.optional(),
    received_at: Instant,
    /** Absent while it is being looked at. */
    outcome: z.enum(pushEventOutcomes).optional(),
    /** Why, as a sentence. */
    reason: z.string().optional(),
    decided_at: Instant.optional(),
  }),
  relationships: z.object({ integration: relationshipTo('integration') }),
});
export type PushEventResource = z.infer<typeof PushEventResource>;
