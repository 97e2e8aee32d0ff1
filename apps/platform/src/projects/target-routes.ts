import { documentOf, pageOf, Target, TargetQuery } from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { noteChange } from '../audit/index.ts';
import { notFound } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { readPosition } from '../http/cursor.ts';
import { documentFor, pageWith } from '../http/documents.ts';
import { projectsOfTarget } from './project-store.ts';
import { deleteProjects } from './project-writes.ts';
import type { ProjectsDeps } from './projects-deps.ts';
import { countTargets, findTarget, listTargets, targetResource, type TargetRow } from './target-store.ts';
import { targetSummaries } from './target-summary.ts';

const OrgParams = z.object({ org_id: z.uuid() });
const TargetParams = OrgParams.extend({ target_id: z.uuid() });
const path = '/rest/orgs/:org_id/targets';

/** Repositories. */
export function targetRoutes(deps: ProjectsDeps): FastifyPluginAsync {
  const { db } = deps;
  const resourcesOf = async (rows: readonly TargetRow[]) => {
    const summaries = await targetSummaries(
      db,
      rows.map((row) => row.id),
      deps.now(),
    );
    return rows.flatMap((row) => {
      const meta = summaries.get(row.id);
      return meta ? [targetResource(row, meta)] : [];
    });
  };

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.get(
      path,
      {
        preHandler: authorize('org.project.read'),
        schema: {
          summary: 'Repositories',
          params: OrgParams,
          querystring: TargetQuery,
          response: { 200: pageOf(Target) },
        },
      },
      async (request) => {
        const { org_id: orgId } = request.params;
        const { query } = request;
        const filter = {
          nameStartsWith: query.display_name,
          nameContains: query.search,
          types: query.source_types,
          integrationIds: query.integration_id,
          severities: query.effective_severity_level,
          scanStatuses: query.scan_status,
          createdSince: query.created_gte === undefined ? undefined : new Date(query.created_gte),
          withProjectsOnly: query.exclude_empty,
        };
        const list = ['targets', orgId, filter];
        const filterNow = { ...filter, at: deps.now() };
        const page = await listTargets(db, orgId, filterNow, readPosition(query, list), query.limit);
        const count = query.count ? await countTargets(db, orgId, filterNow) : undefined;
        const keyOf = (row: TargetRow) => [row.name, row.id];
        return pageWith(request, list, page, keyOf, await resourcesOf(page.rows), count);
      },
    );

    api.get(
      `${path}/:target_id`,
      {
        preHandler: authorize('org.project.read'),
        schema: { summary: 'One repository', params: TargetParams, response: { 200: documentOf(Target) } },
      },
      async (request) => {
        const row = await findTarget(db, request.params.org_id, request.params.target_id);
        const [resource] = row ? await resourcesOf([row]) : [];
        if (!resource) throw notFound('The target');
        return documentFor(request, resource);
      },
    );

    api.delete(
      `${path}/:target_id`,
      {
        config: { audit: 'org.target.delete' },
        preHandler: authorize('org.project.delete'),
        schema: {
          summary: 'Delete a repository with its projects; no sync imports them again',
          params: TargetParams,
          response: { 204: z.undefined() },
        },
      },
      async (request, reply) => {
        const row = await findTarget(db, request.params.org_id, request.params.target_id);
        if (!row) throw notFound('The target');
        await db.transaction().execute(async (transaction) => {
          const projects = await projectsOfTarget(transaction, row.id);
          await deps.putTombstones(transaction, row.integration_id, projects);
          await deleteProjects(
            transaction,
            projects.map((project) => project.id),
          );
          await transaction.deleteFrom('target').where('id', '=', row.id).execute();
          await noteChange(transaction, request, {
            resource: { type: 'target', id: row.id, name: row.name },
            before: { integration_id: row.integration_id, projects: projects.length },
          });
        });
        return await reply.code(204).send();
      },
    );
  };
}
