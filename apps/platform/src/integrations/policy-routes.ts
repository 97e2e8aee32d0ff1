import { documentOf, ImportPolicyResource, type ImportPolicy } from '@plimsoll/contracts';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { noteChange } from '../audit/index.ts';
import { ApiProblem, notFound } from '../http/api-problem.ts';
import type { Release } from '../http/api-version.ts';
import { authorize } from '../http/authorize.ts';
import { documentFor } from '../http/documents.ts';
import { changePolicy, reschedule } from './change-policy.ts';
import type { IntegrationsDeps } from './integrations-deps.ts';
import { CheckedPolicyPatch, CheckedPolicyRequest } from './policy-requests.ts';
import { findPolicy, putPolicy, removePolicy } from './policy-store.ts';
import { requireIntegration } from './require-integration.ts';

const PolicyParams = z.object({ org_id: z.uuid(), integration_id: z.uuid() });
const path = '/rest/orgs/:org_id/container_import/:integration_id/policy';
const config: { releases: readonly Release[] } = { releases: ['2023-10-11~experimental', '2025-09-17'] };

/** What a sync imports from a registry, and how often it runs. */
export function policyRoutes(deps: IntegrationsDeps): FastifyPluginAsync {
  const { db } = deps;

  const demandPolicy = async (id: string, reader = db) => {
    const found = await findPolicy(reader, id);
    if (!found) throw notFound('The import policy');
    return found;
  };
  /** Stores the policy; one that is due starts its run in the same transaction, or after the one under way. */
  const store = async (
    request: FastifyRequest,
    id: string,
    policy: ImportPolicy,
    { nextRunAt, runsNow }: { readonly nextRunAt: Date; readonly runsNow: boolean },
  ) =>
    await db.transaction().execute(async (transaction) => {
      const before = await findPolicy(transaction, id);
      await putPolicy(transaction, id, policy, nextRunAt);
      if (runsNow) await deps.requestRun(id, transaction);
      const after = (await demandPolicy(id, transaction)).policy;
      await noteChange(transaction, request, { resource: noted(id, after), before: before?.policy, after });
      return after;
    });

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.post(
      path,
      {
        config: { ...config, audit: 'org.container_import.policy.create' },
        preHandler: authorize('org.integration.edit'),
        schema: {
          summary: 'Set the import policy of a registry; it runs at once',
          params: PolicyParams,
          body: CheckedPolicyRequest,
          response: { 201: documentOf(ImportPolicyResource) },
        },
      },
      async (request, reply) => {
        const { params, body } = request;
        await requireIntegration(db, params);
        refuseOtherId(body.data.id, params.integration_id);
        const { policy } = body.data.attributes;
        const schedule = { nextRunAt: deps.now(), runsNow: true };
        const stored = await store(request, params.integration_id, policy, schedule);
        const document = documentFor(request, resourceOf(params.integration_id, stored), selfOf(request));
        return await reply.code(201).header('location', selfOf(request)).send(document);
      },
    );

    api.get(
      path,
      {
        config,
        preHandler: authorize('org.integration.read'),
        schema: {
          summary: 'The import policy of a registry',
          params: PolicyParams,
          response: { 200: documentOf(ImportPolicyResource) },
        },
      },
      async (request) => {
        await requireIntegration(db, request.params);
        const { policy } = await demandPolicy(request.params.integration_id);
        return documentFor(request, resourceOf(request.params.integration_id, policy));
      },
    );

    api.patch(
      path,
      {
        config: { ...config, audit: 'org.container_import.policy.edit' },
        preHandler: authorize('org.integration.edit'),
        schema: {
          summary: 'Change attributes of an import policy; new rules run at once',
          params: PolicyParams,
          body: CheckedPolicyPatch,
          response: { 200: documentOf(ImportPolicyResource) },
        },
      },
      async (request) => {
        const { params, body } = request;
        await requireIntegration(db, params);
        refuseOtherId(body.data.id, params.integration_id);
        const before = await demandPolicy(params.integration_id);
        const { policy, isNewRule } = changePolicy(before.policy, body.data.attributes);
        const nextRunAt = isNewRule ? deps.now() : reschedule(before.nextRunAt, before.policy, policy);
        const schedule = { nextRunAt, runsNow: isNewRule };
        const stored = await store(request, params.integration_id, policy, schedule);
        return documentFor(request, resourceOf(params.integration_id, stored));
      },
    );

    api.delete(
      path,
      {
        config: { ...config, audit: 'org.container_import.policy.delete' },
        preHandler: authorize('org.integration.edit'),
        schema: {
          summary: 'Remove an import policy and stop importing; projects stay',
          params: PolicyParams,
          response: { 204: z.undefined() },
        },
      },
      async (request, reply) => {
        await requireIntegration(db, request.params);
        const { integration_id: id } = request.params;
        await db.transaction().execute(async (transaction) => {
          const { policy } = await demandPolicy(id, transaction);
          if (!(await removePolicy(transaction, id))) throw notFound('The import policy');
          await noteChange(transaction, request, { resource: noted(id, policy), before: policy });
        });
        return await reply.code(204).send();
      },
    );
  };
}

function noted(integrationId: string, { name }: ImportPolicy) {
  return { type: 'container_registry_import_policy', id: integrationId, name };
}

function resourceOf(integrationId: string, policy: ImportPolicy): ImportPolicyResource {
  return { id: integrationId, type: 'container_registry_import_policy', attributes: { policy } };
}

function selfOf(request: FastifyRequest): string {
  return request.url;
}

function refuseOtherId(sent: string | undefined, id: string): void {
  if (sent === undefined || sent === id) return;
  throw new ApiProblem('conflict', 'The id of the document is not the one of the address', {
    source: { pointer: '/data/id' },
  });
}
