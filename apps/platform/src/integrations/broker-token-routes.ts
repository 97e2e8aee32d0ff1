import { BrokerToken, BrokerTokenEntry, documentOf, pageOf } from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ApiProblem, notFound } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { documentFor } from '../http/documents.ts';
import {
  addBrokerToken,
  listBrokerTokens,
  maxBrokerTokens,
  removeBrokerToken,
} from './broker-token-store.ts';
import type { IntegrationsDeps } from './integrations-deps.ts';
import { requireIntegration } from './require-integration.ts';

const IntegrationParams = z.object({ org_id: z.uuid(), integration_id: z.uuid() });
const TokenParams = IntegrationParams.extend({ broker_token_id: z.uuid() });
const path = '/rest/orgs/:org_id/integrations/:integration_id/broker_tokens';

/** The tokens by which broker clients are known. Two at a time, so that one can be changed without a gap. */
export function brokerTokenRoutes(deps: IntegrationsDeps): FastifyPluginAsync {
  const { db } = deps;

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.get(
      path,
      {
        preHandler: authorize('org.integration.read'),
        schema: {
          summary: 'Broker tokens of a registry',
          params: IntegrationParams,
          response: { 200: pageOf(BrokerTokenEntry) },
        },
      },
      async (request) => {
        const { integration_id: id } = request.params;
        await requireIntegration(db, request.params);
        const rows = await listBrokerTokens(db, id);
        return documentFor(
          request,
          rows.map((row) => ({
            id: row.id,
            type: 'broker_token' as const,
            attributes: { created_at: row.created_at.toISOString() },
          })),
        );
      },
    );

    api.post(
      path,
      {
        preHandler: authorize('org.integration.edit'),
        schema: {
          summary: 'Make a broker token; this answer is the only one that shows it',
          params: IntegrationParams,
          response: { 201: documentOf(BrokerToken) },
        },
      },
      async (request, reply) => {
        const { integration_id: id } = request.params;
        await requireIntegration(db, request.params);
        const made = await addBrokerToken(db, id);
        if (!made) {
          throw new ApiProblem('conflict', `There are ${maxBrokerTokens} tokens already; remove one first`);
        }
        const resource = {
          id: made.id,
          type: 'broker_token' as const,
          attributes: { token: made.token, created_at: made.created_at.toISOString() },
        };
        return await reply.code(201).send(documentFor(request, resource));
      },
    );

    api.delete(
      `${path}/:broker_token_id`,
      {
        preHandler: authorize('org.integration.edit'),
        schema: {
          summary: 'Revoke a broker token and close the tunnels it opened',
          params: TokenParams,
          response: { 204: z.undefined() },
        },
      },
      async (request, reply) => {
        const { integration_id: id, broker_token_id: tokenId } = request.params;
        await requireIntegration(db, request.params);
        if (!(await removeBrokerToken(db, id, tokenId))) throw notFound('The broker token');
        await deps.disconnect(tokenId);
        return await reply.code(204).send();
      },
    );
  };
}
