import { V1Webhook, V1WebhookRequest, V1Webhooks } from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { noteChange } from '../audit/index.ts';
import { ApiProblem, notFound } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { namedChannel, notedChannel } from './channel-resource.ts';
import type { ChannelRoutesDeps } from './channel-routes.ts';
import { channelsOf, findChannel, removeChannel, type ChannelRow } from './channel-store.ts';
import { makeChannel } from './make-channel.ts';

const OrgParams = z.object({ org_id: z.uuid() });
const WebhookParams = OrgParams.extend({ webhook_id: z.uuid() });
const Nothing = z.strictObject({});

/** Webhooks as the older API has them, under the prefix it is registered with; they are notification channels, too. */
export function v1WebhookRoutes(
  { db, maker, tryChannel }: ChannelRoutesDeps,
  prefix: string,
): FastifyPluginAsync {
  const path = `${prefix}/org/:org_id/webhooks`;
  const demandWebhook = async (params: z.infer<typeof WebhookParams>, reader = db) => {
    const row = await findChannel(reader, params.org_id, params.webhook_id);
    if (row?.kind !== 'webhook') throw notFound('The webhook');
    return row;
  };

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.get(
      path,
      {
        preHandler: authorize('org.edit'),
        schema: { summary: 'Webhooks', params: OrgParams, response: { 200: V1Webhooks } },
      },
      async (request) => ({
        results: (await channelsOf(db, request.params.org_id, 'webhook')).map(answerOf),
      }),
    );

    api.post(
      path,
      {
        config: { audit: 'org.webhook.add' },
        preHandler: authorize('org.edit'),
        schema: {
          summary: 'Make a webhook that is told what changed for each project',
          params: OrgParams,
          body: V1WebhookRequest,
          response: { 200: V1Webhook },
        },
      },
      async (request) =>
        await db.transaction().execute(async (transaction) => {
          const row = await makeChannel(maker, transaction, request.params.org_id, {
            channel_type: 'webhook',
            min_severity: 'low',
            payload: 'project_snapshot',
            ...request.body,
          });
          await noteChange(transaction, request, { resource: namedChannel(row), after: notedChannel(row) });
          return answerOf(row);
        }),
    );

    api.get(
      `${path}/:webhook_id`,
      {
        preHandler: authorize('org.edit'),
        schema: { summary: 'One webhook', params: WebhookParams, response: { 200: V1Webhook } },
      },
      async (request) => answerOf(await demandWebhook(request.params)),
    );

    api.delete(
      `${path}/:webhook_id`,
      {
        config: { audit: 'org.webhook.delete' },
        preHandler: authorize('org.edit'),
        schema: { summary: 'Remove a webhook', params: WebhookParams, response: { 200: Nothing } },
      },
      async (request) => {
        await db.transaction().execute(async (transaction) => {
          const row = await demandWebhook(request.params, transaction);
          await removeChannel(transaction, row.id);
          await noteChange(transaction, request, { resource: namedChannel(row), before: notedChannel(row) });
        });
        return {};
      },
    );

    api.post(
      `${path}/:webhook_id/ping`,
      {
        config: { audit: 'org.webhook.ping' },
        preHandler: authorize('org.edit'),
        schema: { summary: 'Try a webhook', params: WebhookParams, response: { 200: Nothing } },
      },
      async (request) => {
        const row = await demandWebhook(request.params);
        await noteChange(db, request, { resource: namedChannel(row) });
        const failure = await tryChannel(row, request.signal);
        if (failure !== undefined)
          throw new ApiProblem('conflict', `The webhook was not reached: ${failure}`);
        return {};
      },
    );
  };
}

function answerOf({ id, target }: ChannelRow): V1Webhook {
  return { id, url: target };
}
