import { z } from 'zod';
import { Digest, Instant, RepositoryName, TagName } from './names.ts';

/** Products that tell of pushes, each in its own words. */
export const pushSenders = [
  'acr',
  'artifactory',
  'distribution',
  'docker-hub',
  'ecr',
  'event-grid',
  'github',
  'google',
  'harbor',
  'nexus',
  'quay',
  'zot',
] as const;
export type PushSenderId = (typeof pushSenders)[number];

/** "This tag was pushed", as a registry told the broker client. It is a hint: the registry is asked what the tag is now. */
export const PushEvent = z.object({
  /** Made by the broker client; an event that is delivered twice keeps it. */
  id: z.uuid(),
  sender: z.enum(pushSenders),
  repository: RepositoryName,
  tag: TagName,
  digest: Digest.optional(),
  /** When it was pushed, where the product tells. */
  pushedAt: Instant.optional(),
  /** When the broker client received it. */
  receivedAt: Instant,
});
export type PushEvent = z.infer<typeof PushEvent>;

/** Most events in one delivery. */
export const maxPushEvents = 100;

/**
 * Where broker clients deliver push events, with the broker token. It is no callback of agents, so that nobody inside the
 * network can tell of pushes but by a webhook's secrets.
 */
export const pushEventsRoute = {
  method: 'POST',
  path: '/api/v2/push-events',
  body: z.object({ events: z.array(PushEvent).min(1).max(maxPushEvents) }),
} as const;
