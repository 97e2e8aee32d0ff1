import { BrokerToken, BrokerTokenEntry, BrokerTokenRequest, documentOf, pageOf } from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { noteChange } from '../audit/index.ts';
import { ApiProblem, notFound } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { documentFor } from '../http/documents.ts';
import {
  addBrokerToken,
  findBrokerTokenRow,
  guardBrokerToken,
  listBrokerTokens,
  maxBrokerTokens,
  removeBrokerToken,
  type BrokerTokenRow,
} from './broker-token-store.ts';
import type { IntegrationsDeps } from './integrations-deps.ts';
import { requireIntegration } from './require-integration.ts';
import { isAddressOrNetwork, type TokenGuard } from './token-guard.ts';

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
        return documentFor(request, rows.map(entryOf));
      },
    );

    api.post(
      path,
      {
        config: { audit: 'org.integration.broker_token.create' },
        preHandler: authorize('org.integration.edit'),
        schema: {
          summary: 'Make a broker token; this answer is the only one that shows it',
          params: IntegrationParams,
          // Clients of the first release send no attributes, or nothing at all.
          body: BrokerTokenRequest.nullish(),
          response: { 201: documentOf(BrokerToken) },
        },
      },
      async (request, reply) => {
        const { integration_id: id } = request.params;
        await requireIntegration(db, request.params);
        const { allowedAddresses = null, certificateSha256 = null } = guardOf(request.body);
        const made = await db.transaction().execute(async (transaction) => {
          const token = await addBrokerToken(transaction, id, { allowedAddresses, certificateSha256 });
          if (!token) {
            throw new ApiProblem('conflict', `There are ${maxBrokerTokens} tokens already; remove one first`);
          }
          const resource = { type: 'broker_token', id: token.id };
          await noteChange(transaction, request, { resource, after: notedOf(id, token) });
          return token;
        });
        const entry = entryOf(made);
        const resource = { ...entry, attributes: { ...entry.attributes, token: made.token } };
        return await reply.code(201).send(documentFor(request, resource));
      },
    );

    api.patch(
      `${path}/:broker_token_id`,
      {
        config: { audit: 'org.integration.broker_token.edit' },
        preHandler: authorize('org.integration.edit'),
        schema: {
          summary: 'Change where a broker token may be used from; tunnels from elsewhere are closed',
          params: TokenParams,
          body: BrokerTokenRequest,
          response: { 200: documentOf(BrokerTokenEntry) },
        },
      },
      async (request) => {
        const { integration_id: id, broker_token_id: tokenId } = request.params;
        await requireIntegration(db, request.params);
        const guard = guardOf(request.body);
        const row = await db.transaction().execute(async (transaction) => {
          const before = await findBrokerTokenRow(transaction, id, tokenId);
          const after = await guardBrokerToken(transaction, id, tokenId, guard);
          if (!before || !after) throw notFound('The broker token');
          await noteChange(transaction, request, {
            resource: { type: 'broker_token', id: tokenId },
            before: notedOf(id, before),
            after: notedOf(id, after),
          });
          return after;
        });
        await deps.recheck(tokenId);
        return documentFor(request, entryOf(row));
      },
    );

    api.delete(
      `${path}/:broker_token_id`,
      {
        config: { audit: 'org.integration.broker_token.delete' },
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
        await db.transaction().execute(async (transaction) => {
          const before = await findBrokerTokenRow(transaction, id, tokenId);
          if (!before || !(await removeBrokerToken(transaction, id, tokenId))) {
            throw notFound('The broker token');
          }
          const resource = { type: 'broker_token', id: tokenId };
          await noteChange(transaction, request, { resource, before: notedOf(id, before) });
        });
        await deps.disconnect(tokenId);
        return await reply.code(204).send();
      },
    );
  };
}

function notedOf(integrationId: string, row: BrokerTokenRow) {
  return { integration_id: integrationId, ...entryOf(row).attributes };
}

function entryOf(row: BrokerTokenRow) {
  return {
    id: row.id,
    type: 'broker_token' as const,
    attributes: {
      created_at: row.created_at.toISOString(),
      ...(row.allowed_addresses && { allowed_addresses: row.allowed_addresses }),
      ...(row.certificate_sha256 !== null && { certificate_sha256: row.certificate_sha256 }),
    },
  };
}

/** @throws {ApiProblem} when the list holds something that is no address and no network. */
function guardOf(body: z.infer<typeof BrokerTokenRequest> | null | undefined): Partial<TokenGuard> {
  const { allowed_addresses: addresses, certificate_sha256: certificate } = body?.data.attributes ?? {};
  const wrong = addresses?.find((entry) => !isAddressOrNetwork(entry));
  if (wrong !== undefined) {
    throw new ApiProblem(
      'invalid',
      `${wrong} is no address and no network, as 192.0.2.7 and 10.1.0.0/16 are`,
      {
        source: { pointer: '/data/attributes/allowed_addresses' },
      },
    );
  }
  return {
    ...(addresses !== undefined && { allowedAddresses: addresses }),
    ...(certificate !== undefined && { certificateSha256: certificate?.toLowerCase() ?? null }),
  };
}
