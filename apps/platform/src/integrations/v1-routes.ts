import {
  RegistryType,
  V1IntegrationAnswer,
  V1IntegrationChange,
  V1IntegrationRequest,
  V1Integrations,
  V1TokenAnswer,
} from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { noteChange } from '../audit/index.ts';
import { ApiProblem, notFound } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { addBrokerToken, listBrokerTokens, removeBrokerToken } from './broker-token-store.ts';
import { addIntegration, firstIntegrations } from './integration-store.ts';
import type { IntegrationsDeps } from './integrations-deps.ts';
import { requireIntegration } from './require-integration.ts';

const OrgParams = z.object({ org_id: z.uuid() });
const IntegrationParams = OrgParams.extend({ integration_id: z.uuid() });

/** The older form of the integrations API, under the prefix it is registered with: `/v1` and `/api/v1`. */
export function v1IntegrationRoutes(deps: IntegrationsDeps, prefix: string): FastifyPluginAsync {
  const { db } = deps;
  const path = `${prefix}/org/:org_id/integrations`;

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.get(
      path,
      {
        preHandler: authorize('org.integration.read'),
        schema: { summary: 'Registries by type', params: OrgParams, response: { 200: V1Integrations } },
      },
      async (request) => {
        const rows = await firstIntegrations(db, request.params.org_id);
        return Object.fromEntries(rows.map((row) => [row.type, row.id]));
      },
    );

    api.get(
      `${path}/:integration_id`,
      {
        preHandler: authorize('org.integration.read'),
        schema: {
          summary: 'The first registry of a type, which stands in the place of the id',
          params: OrgParams.extend({ integration_id: RegistryType }),
          response: { 200: V1IntegrationAnswer },
        },
      },
      async (request) => {
        const { org_id: orgId, integration_id: type } = request.params;
        const found = (await firstIntegrations(db, orgId)).find((row) => row.type === type);
        if (!found) throw notFound(`An integration of the type ${type}`);
        return { id: found.id };
      },
    );

    api.post(
      path,
      {
        config: { audit: 'org.integration.create' },
        preHandler: authorize('org.integration.edit'),
        schema: {
          summary: 'Connect a registry through a broker',
          params: OrgParams,
          body: V1IntegrationRequest,
          response: { 200: V1IntegrationAnswer },
        },
      },
      async (request) => {
        refuseCredentials(request.body);
        const { type } = request.body;
        return await db.transaction().execute(async (transaction) => {
          const { id } = await addIntegration(transaction, request.params.org_id, type, type);
          const made = await addBrokerToken(transaction, id);
          await noteChange(transaction, request, {
            resource: { type: 'integration', id, name: type },
            after: { integration_type: type, ...(made && { broker_token_id: made.id }) },
          });
          return { id, ...(made && { brokerToken: made.token }) };
        });
      },
    );

    api.put(
      `${path}/:integration_id`,
      {
        config: { audit: 'org.integration.edit' },
        preHandler: authorize('org.integration.edit'),
        schema: {
          summary: 'Use a registry through a broker; answers with a token when there is none yet',
          params: IntegrationParams,
          body: V1IntegrationChange,
          response: { 200: V1IntegrationAnswer },
        },
      },
      async (request) => {
        const integration = await requireIntegration(db, request.params);
        refuseCredentials(request.body);
        const { id } = integration;
        return await db.transaction().execute(async (transaction) => {
          const tokens = await listBrokerTokens(transaction, id);
          const made = tokens.length === 0 ? await addBrokerToken(transaction, id) : undefined;
          await noteChange(transaction, request, {
            resource: { type: 'integration', id, name: integration.profile_name },
            after: { has_broker: true, ...(made && { broker_token_id: made.id }) },
          });
          return { id, ...(made && { brokerToken: made.token }) };
        });
      },
    );

    api.delete(
      `${path}/:integration_id/authentication`,
      {
        config: { audit: 'org.integration.broker_token.delete' },
        preHandler: authorize('org.integration.edit'),
        schema: {
          summary: 'Revoke all broker tokens of a registry',
          params: IntegrationParams,
          response: { 200: z.strictObject({}) },
        },
      },
      async (request) => {
        const { id, profile_name: name } = await requireIntegration(db, request.params);
        await db.transaction().execute(async (transaction) => {
          const tokens = await listBrokerTokens(transaction, id);
          for (const token of tokens) await removeBrokerToken(transaction, id, token.id);
          await noteChange(transaction, request, {
            resource: { type: 'integration', id, name },
            before: { broker_token_ids: tokens.map((token) => token.id) },
          });
        });
        await deps.disconnect(id);
        return {};
      },
    );

    api.post(
      `${path}/:integration_id/authentication/provision-token`,
      {
        config: { audit: 'org.integration.broker_token.create' },
        preHandler: authorize('org.integration.edit'),
        schema: {
          summary: 'Make a second broker token beside the one in use',
          params: IntegrationParams,
          response: { 200: V1TokenAnswer },
        },
      },
      async (request) => {
        await requireIntegration(db, request.params);
        const id = request.params.integration_id;
        return await db.transaction().execute(async (transaction) => {
          const made = await addBrokerToken(transaction, id);
          if (!made)
            throw new ApiProblem('conflict', 'A second token is provisioned already; switch to it first');
          await noteChange(transaction, request, {
            resource: { type: 'broker_token', id: made.id },
            after: { integration_id: id },
          });
          return { id, provisionalBrokerToken: made.token };
        });
      },
    );

    api.post(
      `${path}/:integration_id/authentication/switch-token`,
      {
        config: { audit: 'org.integration.broker_token.switch' },
        preHandler: authorize('org.integration.edit'),
        schema: {
          summary: 'Make the second broker token the only one',
          params: IntegrationParams,
          response: { 200: V1TokenAnswer },
        },
      },
      async (request) => {
        await requireIntegration(db, request.params);
        const id = request.params.integration_id;
        const [old, provisioned] = await listBrokerTokens(db, id);
        if (!old || !provisioned) throw new ApiProblem('conflict', 'No second token is provisioned');
        if (!(await deps.isTokenUsed(provisioned.id))) {
          throw new ApiProblem(
            'conflict',
            'No broker client is connected with the second token; give it to one first',
          );
        }
        await db.transaction().execute(async (transaction) => {
          await removeBrokerToken(transaction, id, old.id);
          await noteChange(transaction, request, {
            resource: { type: 'integration', id },
            before: { broker_token_id: old.id },
            after: { broker_token_id: provisioned.id },
          });
        });
        await deps.retire(old.id);
        return { id };
      },
    );
  };
}

/** The platform holds no credentials of registries, so it cannot take any. */
function refuseCredentials(body: z.infer<typeof V1IntegrationChange>): void {
  if (body.credentials === undefined && body.broker?.enabled !== false) return;
  throw new ApiProblem(
    'invalid',
    'Credentials stay with the broker client: send {"broker":{"enabled":true}} and give them to the broker client',
  );
}
