import { documentOf, pageOf, Project, ProjectPatch, ProjectQuery } from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { noteChange } from '../audit/index.ts';
import { notFound } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { readPosition } from '../http/cursor.ts';
import { documentFor, pageWith } from '../http/documents.ts';
import { integrationIdsOfTypes } from '../integrations/integration-store.ts';
import { attributesOf, projectResources } from './project-resource.ts';
import { changeProject, countProjects, findProject, listProjects, type ProjectRow } from './project-store.ts';
import { deleteProjects } from './project-writes.ts';
import type { ProjectsDeps } from './projects-deps.ts';

const OrgParams = z.object({ org_id: z.uuid() });
const ProjectParams = OrgParams.extend({ project_id: z.uuid() });
const path = '/rest/orgs/:org_id/projects';

/** Tags of repositories, each with the image it shows. */
export function projectRoutes(deps: ProjectsDeps): FastifyPluginAsync {
  const { db } = deps;
  const resourceOf = async ({ org_id: orgId, project_id: id }: z.infer<typeof ProjectParams>) => {
    const row = await findProject(db, orgId, id);
    const [resource] = row ? await projectResources(db, orgId, [row], deps.now()) : [];
    if (!resource) throw notFound('The project');
    return resource;
  };

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.get(
      path,
      {
        preHandler: authorize('org.project.read'),
        schema: {
          summary: 'Projects',
          params: OrgParams,
          querystring: ProjectQuery,
          response: { 200: pageOf(Project) },
        },
      },
      async (request) => {
        const { org_id: orgId } = request.params;
        const { query } = request;
        const filter = {
          targetIds: query.target_id,
          ids: query.ids,
          names: query.names,
          namesStartWith: query.names_start_with,
          // Their ids and not their types, so that the database knows how many projects each of them has.
          integrationIds: query.origins && (await integrationIdsOfTypes(db, orgId, query.origins)),
          tag: query.target_reference,
          types: query.types,
          tags: query.tags,
          businessCriticality: query.business_criticality,
          environment: query.environment,
          lifecycle: query.lifecycle,
        };
        const count = query.meta_count && (await countProjects(db, orgId, filter));
        if (query.meta_count === 'only') return { ...documentFor(request, []), meta: { count } };
        const list = ['projects', orgId, { ...filter, integrationIds: query.origins }];
        const page = await listProjects(db, orgId, filter, readPosition(query, list), query.limit);
        const keyOf = (row: ProjectRow) => [row.repository, row.tag, row.id];
        const resources = await projectResources(db, orgId, page.rows, deps.now());
        const shown = query.expand ? resources.map(withTarget) : resources;
        return pageWith(request, list, page, keyOf, shown, count);
      },
    );

    api.get(
      `${path}/:project_id`,
      {
        preHandler: authorize('org.project.read'),
        schema: { summary: 'One project', params: ProjectParams, response: { 200: documentOf(Project) } },
      },
      async (request) => documentFor(request, await resourceOf(request.params)),
    );

    api.patch(
      `${path}/:project_id`,
      {
        config: { audit: 'org.project.edit' },
        preHandler: authorize('org.project.edit'),
        schema: {
          summary: 'Activate or deactivate a project, and say how often its tag is looked up',
          params: ProjectParams,
          body: ProjectPatch,
          response: { 200: documentOf(Project) },
        },
      },
      async (request) => {
        const { org_id: orgId, project_id: id } = request.params;
        const { test_frequency: testFrequency, ...said } = request.body.data.attributes;
        await db.transaction().execute(async (transaction) => {
          const before = await findProject(transaction, orgId, id);
          if (!before) throw notFound('The project');
          await changeProject(transaction, orgId, id, { ...said, testFrequency });
          const after = await findProject(transaction, orgId, id);
          await noteChange(transaction, request, {
            resource: noted(before),
            projectId: id,
            before: settingsOf(before),
            after: after && settingsOf(after),
          });
        });
        return documentFor(request, await resourceOf(request.params));
      },
    );

    api.delete(
      `${path}/:project_id`,
      {
        config: { audit: 'org.project.delete' },
        preHandler: authorize('org.project.delete'),
        schema: {
          summary: 'Delete a project; no sync imports it again',
          params: ProjectParams,
          response: { 204: z.undefined() },
        },
      },
      async (request, reply) => {
        const row = await findProject(db, request.params.org_id, request.params.project_id);
        if (!row) throw notFound('The project');
        await db.transaction().execute(async (transaction) => {
          await deps.putTombstones(transaction, row.integration_id, [row]);
          await deleteProjects(transaction, [row.id]);
          const before = { ...settingsOf(row), integration_id: row.integration_id };
          await noteChange(transaction, request, { resource: noted(row), projectId: row.id, before });
        });
        return await reply.code(204).send();
      },
    );
  };
}

function noted(row: ProjectRow) {
  return { type: 'project', id: row.id, name: `${row.repository}:${row.tag}` };
}

function settingsOf(row: ProjectRow) {
  return { status: row.status, test_frequency: row.test_frequency, ...attributesOf(row) };
}

/** A project with its repository's name, so that nobody has to ask for it. A target's name is that of its projects. */
function withTarget(project: Project): Project {
  const { target } = project.relationships;
  const name = project.attributes.name.slice(0, -project.attributes.target_reference.length - 1);
  const data = { ...target.data, attributes: { display_name: name } };
  return { ...project, relationships: { ...project.relationships, target: { data } } };
}
