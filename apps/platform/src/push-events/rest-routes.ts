import { pageOf, PageQuery, PushEventResource } from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { authorize } from '../http/authorize.ts';
import { readPosition } from '../http/cursor.ts';
import { pageFor } from '../http/documents.ts';
import { requireIntegration } from '../integrations/require-integration.ts';
import { listPushEvents, type PushEventRow } from './push-event-store.ts';
import type { PushEventsDeps } from './push-events-deps.ts';

/** What became of the pushes that a registry told of. */
export function pushEventRoutes({ db }: Pick<PushEventsDeps, 'db'>): FastifyPluginAsync {
  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    app.withTypeProvider<ZodTypeProvider>().get(
      '/rest/orgs/:org_id/integrations/:integration_id/push_events',
      {
        preHandler: authorize('org.integration.read'),
        schema: {
          summary: 'Push events of the last days, newest first, with what became of them',
          params: z.object({ org_id: z.uuid(), integration_id: z.uuid() }),
          querystring: PageQuery,
          response: { 200: pageOf(PushEventResource) },
        },
      },
      async (request) => {
        const { id } = await requireIntegration(db, request.params);
        const list = ['push_events', id];
        const position = readPosition(request.query, list);
        const page = await listPushEvents(db, id, position, request.query.limit);
        const keyOf = (row: PushEventRow) => [row.created_at.toISOString(), row.id];
        return pageFor(request, list, page, keyOf, resourceOf);
      },
    );
  };
}

function resourceOf(row: PushEventRow): PushEventResource {
  return {
    id: row.id,
    type: 'push_event',
    attributes: {
      sender: row.sender,
      repository: row.repository,
      tag: row.tag,
      received_at: row.received_at.toISOString(),
      ...(row.digest !== null && { digest: row.digest }),
      ...(row.pushed_at && { pushed_at: row.pushed_at.toISOString() }),
      ...(row.outcome !== null && { outcome: row.outcome as PushEventResource['attributes']['outcome'] }),
      ...(row.reason !== null && { reason: row.reason }),
      ...(row.decided_at && { decided_at: row.decided_at.toISOString() }),
    },
    relationships: { integration: { data: { id: row.integration_id, type: 'integration' } } },
  };
}
