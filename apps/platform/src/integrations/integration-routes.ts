import { randomUUID } from 'node:crypto';
import {
  ConnectionCheck,
  documentOf,
  Integration,
  IntegrationPatch,
  IntegrationRequest,
  pageOf,
  PageQuery,
} from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { noteChange } from '../audit/index.ts';
import { notFound } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { readPosition } from '../http/cursor.ts';
import { documentFor, pageWith } from '../http/documents.ts';
import { checkConnection } from './check-connection.ts';
import { integrationResources } from './integration-resource.ts';
import {
  addIntegration,
  listIntegrations,
  removeIntegration,
  renameIntegration,
  type IntegrationRow,
} from './integration-store.ts';
import type { IntegrationsDeps } from './integrations-deps.ts';
import { requireIntegration } from './require-integration.ts';

const OrgParams = z.object({ org_id: z.uuid() });
const IntegrationParams = OrgParams.extend({ integration_id: z.uuid() });
const path = '/rest/orgs/:org_id/integrations';

/** Connected registries. */
export function integrationRoutes(deps: IntegrationsDeps): FastifyPluginAsync {
  const { db } = deps;
  const resourceOf = async (row: IntegrationRow | undefined) => {
    const [resource] = row ? await integrationResources(deps, [row]) : [];
    if (!resource) throw notFound('The integration');
    return resource;
  };

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.get(
      path,
      {
        preHandler: authorize('org.integration.read'),
        schema: {
          summary: 'Connected registries',
          params: OrgParams,
          querystring: PageQuery,
          response: { 200: pageOf(Integration) },
        },
      },
      async (request) => {
        const list = ['integrations', request.params.org_id];
        const position = readPosition(request.query, list);
        const page = await listIntegrations(db, request.params.org_id, position, request.query.limit);
        const keyOf = (row: IntegrationRow) => [row.created_at.toISOString(), row.id];
        return pageWith(request, list, page, keyOf, await integrationResources(deps, page.rows));
      },
    );

    api.post(
      path,
      {
        config: { audit: 'org.integration.create' },
        preHandler: authorize('org.integration.edit'),
        schema: {
          summary: 'Connect a registry',
          params: OrgParams,
          body: IntegrationRequest,
          response: { 201: documentOf(Integration) },
        },
      },
      async (request, reply) => {
        const { integration_type: type, profile_name: name } = request.body.data.attributes;
        const row = await db.transaction().execute(async (transaction) => {
          const made = await addIntegration(transaction, request.params.org_id, type, name ?? type);
          await noteChange(transaction, request, { resource: noted(made), after: attributesOf(made) });
          return made;
        });
        const self = `/rest/orgs/${row.org_id}/integrations/${row.id}`;
        const document = documentFor(request, await resourceOf(row), self);
        return await reply.code(201).header('location', self).send(document);
      },
    );

    api.get(
      `${path}/:integration_id`,
      {
        preHandler: authorize('org.integration.read'),
        schema: {
          summary: 'One connected registry',
          params: IntegrationParams,
          response: { 200: documentOf(Integration) },
        },
      },
      async (request) => {
        return documentFor(request, await resourceOf(await requireIntegration(db, request.params)));
      },
    );

    api.patch(
      `${path}/:integration_id`,
      {
        config: { audit: 'org.integration.edit' },
        preHandler: authorize('org.integration.edit'),
        schema: {
          summary: 'Rename a connected registry',
          params: IntegrationParams,
          body: IntegrationPatch,
          response: { 200: documentOf(Integration) },
        },
      },
      async (request) => {
        const { org_id: orgId, integration_id: id } = request.params;
        const { profile_name: name } = request.body.data.attributes;
        const row = await db.transaction().execute(async (transaction) => {
          const before = await requireIntegration(transaction, request.params);
          await noteChange(transaction, request, {
            resource: noted({ ...before, profile_name: name }),
            before: { profile_name: before.profile_name },
            after: { profile_name: name },
          });
          return await renameIntegration(transaction, orgId, id, name);
        });
        return documentFor(request, await resourceOf(row));
      },
    );

    api.delete(
      `${path}/:integration_id`,
      {
        config: { audit: 'org.integration.delete' },
        preHandler: authorize('org.integration.edit'),
        schema: {
          summary: 'Disconnect a registry and remove everything that came from it',
          params: IntegrationParams,
          response: { 204: z.undefined() },
        },
      },
      async (request, reply) => {
        const { org_id: orgId, integration_id: id } = request.params;
        await db.transaction().execute(async (transaction) => {
          const before = await requireIntegration(transaction, request.params);
          await removeIntegration(transaction, orgId, id);
          await noteChange(transaction, request, { resource: noted(before), before: attributesOf(before) });
        });
        await deps.disconnect(id);
        return await reply.code(204).send();
      },
    );

    api.post(
      `${path}/:integration_id/connection_checks`,
      {
        config: { audit: false },
        preHandler: authorize('org.integration.read'),
        schema: {
          summary: 'Check every hop from the platform to the registry',
          params: IntegrationParams,
          response: { 201: documentOf(ConnectionCheck) },
        },
      },
      async (request, reply) => {
        const { id } = await requireIntegration(db, request.params);
        const clients = await deps.clientsOf(id);
        const attributes = await checkConnection(deps.agents, clients.length, id, request.signal);
        const check = { id: randomUUID(), type: 'connection_check' as const, attributes };
        return await reply.code(201).send(documentFor(request, check));
      },
    );
  };
}

function noted(row: IntegrationRow) {
  return { type: 'integration', id: row.id, name: row.profile_name };
}

function attributesOf(row: IntegrationRow) {
  return { integration_type: row.type, profile_name: row.profile_name };
}
