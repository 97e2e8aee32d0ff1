import { documentOf, Org, OrgPatch, pageOf, PageQuery } from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Database } from '../database/schema.ts';
import { noteChange } from '../audit/index.ts';
import { notFound } from '../http/api-problem.ts';
import { authorize, principalOf } from '../http/authorize.ts';
import { readPosition } from '../http/cursor.ts';
import { documentFor, pageFor } from '../http/documents.ts';
import {
  findOrganization,
  listOrganizations,
  organizationResource,
  changeOrganization,
} from './organization-store.ts';

const OrgParams = z.object({ org_id: z.uuid() });
const OrgQuery = PageQuery.extend({
  slug: z.string().max(255).optional(),
  name: z.string().max(255).optional(),
});

/** The organizations of the caller. */
export function organizationRoutes(
  db: Kysely<Database>,
  deployedClientsRefused: (orgId: string) => Promise<void>,
): FastifyPluginAsync {
  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.get(
      '/rest/orgs',
      {
        preHandler: authorize('signed-in'),
        schema: { summary: 'Organizations', querystring: OrgQuery, response: { 200: pageOf(Org) } },
      },
      async (request) => {
        const { slug, name, limit } = request.query;
        const list = ['orgs', slug, name];
        const ids = [...principalOf(request).roles.keys()];
        const page = await listOrganizations(
          db,
          ids,
          { slug, name },
          readPosition(request.query, list),
          limit,
        );
        return pageFor(request, list, page, (row) => [row.name, row.id], organizationResource);
      },
    );

    api.get(
      '/rest/orgs/:org_id',
      {
        preHandler: authorize('org.read'),
        schema: { summary: 'One organization', params: OrgParams, response: { 200: documentOf(Org) } },
      },
      async (request) => {
        const row = await findOrganization(db, request.params.org_id);
        if (!row) throw notFound('The organization');
        return documentFor(request, organizationResource(row));
      },
    );

    api.patch(
      '/rest/orgs/:org_id',
      {
        config: { audit: 'org.edit' },
        preHandler: authorize('org.edit'),
        schema: {
          summary: 'Change an organization',
          params: OrgParams,
          body: OrgPatch,
          response: { 200: documentOf(Org) },
        },
      },
      async (request) => {
        const change = request.body.data.attributes;
        const row = await db.transaction().execute(async (transaction) => {
          const before = await findOrganization(transaction, request.params.org_id);
          const after = await changeOrganization(transaction, request.params.org_id, change);
          if (!before || !after) throw notFound('The organization');
          await noteChange(transaction, request, {
            resource: { type: 'org', id: after.id, name: after.name },
            before: { name: before.name, deployed_clients: before.deployed_clients },
            after: { name: after.name, deployed_clients: after.deployed_clients },
          });
          return after;
        });
        if (change.deployed_clients === false) await deployedClientsRefused(row.id);
        return documentFor(request, organizationResource(row));
      },
    );
  };
}
