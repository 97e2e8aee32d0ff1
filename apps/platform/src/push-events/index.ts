import type { FastifyPluginAsync, FastifyPluginCallback } from 'fastify';
import { z } from 'zod';
import type { JobDefinition } from '../jobs/jobs.ts';
import { decidePush } from './decide-push.ts';
import { DecideJob, jobNames } from './push-event-jobs.ts';
import { forgetOldEvents } from './push-event-store.ts';
import type { PushEventsDeps } from './push-events-deps.ts';
import { pushEventRoutes } from './rest-routes.ts';
import { deliveryPlugin } from './routes.ts';

export { createPushEventMetrics } from './push-event-metrics.ts';

/** Makes the push events module: what registries tell of pushes, and what becomes of it. */
export function createPushEvents(deps: PushEventsDeps): PushEvents {
  return {
    routes: pushEventRoutes(deps),
    deliveries: deliveryPlugin(deps),
    jobs: [decideJob(deps), forgetJob(deps)] as JobDefinition[],
  };
}

export type PushEvents = {
  /** The REST API. */
  readonly routes: FastifyPluginAsync;
  /** Where broker clients deliver. */
  readonly deliveries: FastifyPluginCallback;
  readonly jobs: readonly JobDefinition[];
};

function decideJob(deps: PushEventsDeps): JobDefinition<z.infer<typeof DecideJob>> {
  return {
    name: jobNames.decide,
    data: DecideJob,
    concurrency: 4,
    // For a process that dies; a registry that cannot be asked is asked again by a job of its own.
    retries: 3,
    expireInSeconds: 300,
    handle: ({ eventId }, signal) => decidePush(deps, eventId, signal),
  };
}

function forgetJob({ db }: PushEventsDeps): JobDefinition<Record<string, never>> {
  return {
    name: jobNames.forget,
    data: z.object({}),
    concurrency: 1,
    retries: 0,
    expireInSeconds: 600,
    cron: '23 * * * *',
    handle: () => forgetOldEvents(db),
  };
}
