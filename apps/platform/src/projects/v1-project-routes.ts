import { V1Project } from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { noteChange } from '../audit/index.ts';
import { notFound } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { changeProject, findProject } from './project-store.ts';
import type { ProjectsDeps } from './projects-deps.ts';
import { v1Projects } from './v1-project-resource.ts';

const ProjectParams = z.object({ org_id: z.uuid(), project_id: z.uuid() });
const Nothing = z.strictObject({});

/** Projects as the older API has them, under the prefix it is registered with. */
export function v1ProjectRoutes(deps: ProjectsDeps, prefix: string): FastifyPluginAsync {
  const { db } = deps;
  const path = `${prefix}/org/:org_id/project/:project_id`;

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.get(
      path,
      {
        preHandler: authorize('org.project.read'),
        schema: { summary: 'One project', params: ProjectParams, response: { 200: V1Project } },
      },
      async (request): Promise<V1Project> => {
        const { org_id: orgId, project_id: id } = request.params;
        const row = await findProject(db, orgId, id);
        const [project] = row ? await v1Projects(deps, orgId, [row]) : [];
        if (!project) throw notFound('The project');
        return project;
      },
    );

    for (const [verb, summary, status, audit] of [
      ['activate', 'Test a project again and again', 'active', 'org.project.monitor'],
      ['deactivate', 'Have a project rest', 'inactive', 'org.project.stop_monitor'],
    ] as const) {
      api.post(
        `${path}/${verb}`,
        {
          config: { audit },
          preHandler: authorize('org.project.edit'),
          schema: { summary, params: ProjectParams, response: { 200: Nothing } },
        },
        async (request) => {
          const { org_id: orgId, project_id: id } = request.params;
          await db.transaction().execute(async (transaction) => {
            const row = await findProject(transaction, orgId, id);
            if (!row) throw notFound('The project');
            await changeProject(transaction, orgId, id, { status });
            await noteChange(transaction, request, {
              resource: { type: 'project', id, name: `${row.repository}:${row.tag}` },
              projectId: id,
              before: { status: row.status },
              after: { status },
            });
          });
          return {};
        },
      );
    }
  };
}
