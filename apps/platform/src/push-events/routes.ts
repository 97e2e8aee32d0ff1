import { pushEventsRoute } from '@plimsoll/contracts';
import type { FastifyPluginCallback } from 'fastify';
import { brokerCallbacks, refuse } from '../http/broker-callbacks.ts';
import type { PushEventsDeps } from './push-events-deps.ts';
import { takePushEvents } from './take-push-events.ts';

/** A full delivery of the longest names is a third of this. */
const maxBytes = 256 * 1024;

/** How long a broker client keeps its events when too many wait here, seconds. */
const retryAfterSeconds = 30;

/** Where broker clients deliver push events, idempotent by the events' ids. */
export function deliveryPlugin(deps: PushEventsDeps): FastifyPluginCallback {
  return brokerCallbacks(deps, (add) => {
    add({
      paths: [pushEventsRoute.path],
      body: pushEventsRoute.body,
      maxBytes,
      take: async (integrationId, { events }, reply) => {
        if ((await takePushEvents(deps, integrationId, events)) === 'taken') return reply.send({ ok: true });
        reply.header('retry-after', retryAfterSeconds);
        return refuse(reply, 429, 'too-many', 'Too many push events of this integration wait.');
      },
    });
  });
}
