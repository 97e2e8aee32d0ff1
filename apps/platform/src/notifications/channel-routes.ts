import { randomUUID } from 'node:crypto';
import {
  documentOf,
  NotificationChannel,
  NotificationChannelPatch,
  NotificationChannelRequest,
  NotificationDelivery,
  NotificationTest,
  pageOf,
  PageQuery,
} from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { noteChange } from '../audit/index.ts';
import type { Database } from '../database/schema.ts';
import { notFound } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { readPosition } from '../http/cursor.ts';
import { documentFor, pageFor } from '../http/documents.ts';
import { channelResource, namedChannel, notedChannel } from './channel-resource.ts';
import { findChannel, listChannels, removeChannel, type ChannelRow } from './channel-store.ts';
import { listDeliveries, type DeliveryRow } from './delivery-store.ts';
import { makeChannel, patchChannel, type ChannelMaker } from './make-channel.ts';
import { Message } from './message.ts';

const OrgParams = z.object({ org_id: z.uuid() });
const ChannelParams = OrgParams.extend({ notification_channel_id: z.uuid() });
const path = '/rest/orgs/:org_id/notification_channels';

export type ChannelRoutesDeps = {
  readonly db: Kysely<Database>;
  readonly maker: ChannelMaker;
  /** Sends a message that says only that the channel works; answers with why it failed, if it did. */
  readonly tryChannel: (channel: ChannelRow, signal: AbortSignal) => Promise<string | undefined>;
};

/** Where an organization is told of new issues. */
export function channelRoutes({ db, maker, tryChannel }: ChannelRoutesDeps): FastifyPluginAsync {
  const demandChannel = async (params: z.infer<typeof ChannelParams>, reader = db) => {
    const row = await findChannel(reader, params.org_id, params.notification_channel_id);
    if (!row) throw notFound('The notification channel');
    return row;
  };

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.get(
      path,
      {
        preHandler: authorize('org.edit'),
        schema: {
          summary: 'Notification channels',
          params: OrgParams,
          querystring: PageQuery,
          response: { 200: pageOf(NotificationChannel) },
        },
      },
      async (request) => {
        const list = ['notification_channels', request.params.org_id];
        const position = readPosition(request.query, list);
        const page = await listChannels(db, request.params.org_id, position, request.query.limit);
        return pageFor(request, list, page, keyOf, channelResource);
      },
    );

    api.post(
      path,
      {
        config: { audit: 'org.notification_channel.create' },
        preHandler: authorize('org.edit'),
        schema: {
          summary: 'Be told of new issues: by a webhook, in Slack, or by e-mail',
          params: OrgParams,
          body: NotificationChannelRequest,
          response: { 201: documentOf(NotificationChannel) },
        },
      },
      async (request, reply) => {
        const { attributes } = request.body.data;
        const { org_id: orgId } = request.params;
        const row = await db.transaction().execute(async (transaction) => {
          const made = await makeChannel(maker, transaction, orgId, attributes);
          await noteChange(transaction, request, { resource: namedChannel(made), after: notedChannel(made) });
          return made;
        });
        const self = `/rest/orgs/${orgId}/notification_channels/${row.id}`;
        const document = documentFor(request, channelResource(row), self);
        return await reply.code(201).header('location', self).send(document);
      },
    );

    api.get(
      `${path}/:notification_channel_id`,
      {
        preHandler: authorize('org.edit'),
        schema: {
          summary: 'One notification channel',
          params: ChannelParams,
          response: { 200: documentOf(NotificationChannel) },
        },
      },
      async (request) => documentFor(request, channelResource(await demandChannel(request.params))),
    );

    api.patch(
      `${path}/:notification_channel_id`,
      {
        config: { audit: 'org.notification_channel.edit' },
        preHandler: authorize('org.edit'),
        schema: {
          summary: 'Change a notification channel',
          params: ChannelParams,
          body: NotificationChannelPatch,
          response: { 200: documentOf(NotificationChannel) },
        },
      },
      async (request) => {
        const { attributes } = request.body.data;
        const row = await db.transaction().execute(async (transaction) => {
          const before = await demandChannel(request.params, transaction);
          const after = await patchChannel(maker, transaction, before, attributes);
          await noteChange(transaction, request, {
            resource: namedChannel(after),
            before: notedChannel(before),
            after: {
              ...notedChannel(after),
              ...(attributes.secret !== undefined && { has_new_secret: true }),
            },
          });
          return after;
        });
        return documentFor(request, channelResource(row));
      },
    );

    api.delete(
      `${path}/:notification_channel_id`,
      {
        config: { audit: 'org.notification_channel.delete' },
        preHandler: authorize('org.edit'),
        schema: {
          summary: 'Remove a notification channel',
          params: ChannelParams,
          response: { 204: z.undefined() },
        },
      },
      async (request, reply) => {
        await db.transaction().execute(async (transaction) => {
          const row = await demandChannel(request.params, transaction);
          await removeChannel(transaction, row.id);
          await noteChange(transaction, request, { resource: namedChannel(row), before: notedChannel(row) });
        });
        return await reply.code(204).send();
      },
    );

    api.post(
      `${path}/:notification_channel_id/test`,
      {
        config: { audit: 'org.notification_channel.test' },
        preHandler: authorize('org.edit'),
        schema: {
          summary: 'Send a message to try a notification channel',
          params: ChannelParams,
          response: { 200: documentOf(NotificationTest) },
        },
      },
      async (request) => {
        const row = await demandChannel(request.params);
        await noteChange(db, request, { resource: namedChannel(row) });
        const failure = await tryChannel(row, request.signal);
        return documentFor(request, {
          id: randomUUID(),
          type: 'notification_test' as const,
          attributes: { delivered: failure === undefined, message: failure ?? 'The message was delivered.' },
        });
      },
    );

    api.get(
      `${path}/:notification_channel_id/deliveries`,
      {
        preHandler: authorize('org.edit'),
        schema: {
          summary: 'What was sent to a notification channel in the last days, newest first',
          params: ChannelParams,
          querystring: PageQuery,
          response: { 200: pageOf(NotificationDelivery) },
        },
      },
      async (request) => {
        const { id } = await demandChannel(request.params);
        const list = ['notification_deliveries', id];
        const position = readPosition(request.query, list);
        const page = await listDeliveries(db, id, position, request.query.limit);
        return pageFor(request, list, page, keyOf, deliveryResource);
      },
    );
  };
}

function keyOf(row: { readonly created_at: Date; readonly id: string }) {
  return [row.created_at.toISOString(), row.id];
}

function deliveryResource(row: DeliveryRow): NotificationDelivery {
  return {
    id: row.id,
    type: 'notification_delivery',
    attributes: {
      event: Message.parse(row.message).event,
      status: NotificationDelivery.shape.attributes.shape.status.parse(row.status),
      attempts: row.attempts,
      ...(row.last_error !== null && { last_error: row.last_error }),
      created_at: row.created_at.toISOString(),
      ...(row.finished_at && { finished_at: row.finished_at.toISOString() }),
    },
  };
}
