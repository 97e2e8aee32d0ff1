import { type RegistryType, V1CloneAnswer, V1CloneRequest } from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { noteChange } from '../audit/index.ts';
import { authorize, demandIn } from '../http/authorize.ts';
import { addBrokerToken } from './broker-token-store.ts';
import { addIntegration, setAppScan } from './integration-store.ts';
import type { IntegrationsDeps } from './integrations-deps.ts';
import { requireIntegration } from './require-integration.ts';

/**
 * Connects a registry of one organization in another, under the prefix it is registered with. Broker tokens stay what
 * they are, one organization's: the clone has one of its own, for a broker client of its own.
 */
export function cloneRoutes({ db }: IntegrationsDeps, prefix: string): FastifyPluginAsync {
  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    app.withTypeProvider<ZodTypeProvider>().post(
      `${prefix}/org/:org_id/integrations/:integration_id/clone`,
      {
        config: { audit: 'org.integration.create' },
        preHandler: authorize('org.integration.edit'),
        schema: {
          summary: 'Connect a registry in another organization too, with its name and settings',
          params: z.object({ org_id: z.uuid(), integration_id: z.uuid() }),
          body: V1CloneRequest,
          response: { 200: V1CloneAnswer },
        },
      },
      async (request) => {
        const orgId = request.body.destinationOrgPublicId;
        demandIn(request, orgId, 'org.integration.edit');
        return await db.transaction().execute(async (transaction) => {
          const original = await requireIntegration(transaction, request.params);
          const { profile_name: name, container_app_scan_enabled: isEnabled } = original;
          const clone = await addIntegration(transaction, orgId, original.type as RegistryType, name);
          await setAppScan(transaction, clone.id, isEnabled);
          const made = await addBrokerToken(transaction, clone.id);
          if (!made) throw new Error('A new integration had broker tokens');
          const change = {
            resource: { type: 'integration', id: clone.id, name },
            after: { integration_type: original.type, cloned_from: original.id, broker_token_id: made.id },
          };
          await noteChange(transaction, request, change, { orgId });
          if (orgId !== original.org_id) await noteChange(transaction, request, change);
          return { newIntegrationId: clone.id, brokerToken: made.token };
        });
      },
    );
  };
}
