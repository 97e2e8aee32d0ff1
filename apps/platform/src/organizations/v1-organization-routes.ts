import { V1Org, V1OrgRequest } from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Kysely } from 'kysely';
import { noteChange } from '../audit/index.ts';
import type { Database } from '../database/schema.ts';
import { ApiProblem } from '../http/api-problem.ts';
import { authorize, principalOf } from '../http/authorize.ts';
import { addOrganization } from './organization-store.ts';

/** Organizations as the older API has them, under the prefix it is registered with. */
export function v1OrganizationRoutes(
  { db, publicUrl }: { readonly db: Kysely<Database>; readonly publicUrl: string },
  prefix: string,
): FastifyPluginAsync {
  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    app.withTypeProvider<ZodTypeProvider>().post(
      `${prefix}/org`,
      {
        config: { audit: 'org.create' },
        preHandler: authorize('signed-in'),
        schema: { summary: 'Make an organization', body: V1OrgRequest, response: { 201: V1Org } },
      },
      async (request, reply) => {
        const principal = principalOf(request);
        if (principal.kind !== 'user' || ![...principal.roles.values()].includes('admin')) {
          throw new ApiProblem('forbidden', 'Only people who are admins somewhere make organizations');
        }
        const row = await db.transaction().execute(async (transaction) => {
          const made = await addOrganization(transaction, request.body.name, principal.id);
          const resource = { type: 'org', id: made.id, name: made.name };
          await noteChange(
            transaction,
            request,
            { resource, after: { name: made.name, slug: made.slug } },
            { orgId: made.id },
          );
          return made;
        });
        const answer: V1Org = {
          id: row.id,
          name: row.name,
          slug: row.slug,
          url: publicUrl,
          created: row.created_at.toISOString(),
          group: null,
        };
        return await reply.code(201).send(answer);
      },
    );
  };
}
