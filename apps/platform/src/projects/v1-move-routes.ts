import { V1MoveAnswer, V1MoveRequest } from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { noteChange } from '../audit/index.ts';
import { notFound } from '../http/api-problem.ts';
import { authorize, demandIn } from '../http/authorize.ts';
import { moveProject } from './move-project.ts';
import { findProject } from './project-store.ts';
import type { ProjectsDeps } from './projects-deps.ts';
import { refreshCounts } from './refresh-counts.ts';

/** Moves projects between organizations, under the prefix it is registered with. */
export function v1MoveRoutes({ db, putTombstones }: ProjectsDeps, prefix: string): FastifyPluginAsync {
  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    app.withTypeProvider<ZodTypeProvider>().put(
      `${prefix}/org/:org_id/project/:project_id/move`,
      {
        config: { audit: 'org.project.move' },
        preHandler: authorize('org.project.delete'),
        schema: {
          summary: 'Move a project to another organization; no sync of the former one brings it back',
          params: z.object({ org_id: z.uuid(), project_id: z.uuid() }),
          body: V1MoveRequest,
          response: { 200: V1MoveAnswer },
        },
      },
      async (request) => {
        const { org_id: originOrg, project_id: id } = request.params;
        const { targetOrgId: destinationOrg } = request.body;
        demandIn(request, destinationOrg, 'org.project.edit');
        const answer = { originOrg, destinationOrg, movedProject: id };
        await db.transaction().execute(async (transaction) => {
          const project = await findProject(transaction, originOrg, id);
          if (!project) throw notFound('The project');
          const change = {
            resource: { type: 'project', id, name: `${project.repository}:${project.tag}` },
            projectId: id,
            before: { org_id: originOrg },
            after: { org_id: destinationOrg },
          };
          await noteChange(transaction, request, change);
          if (originOrg === destinationOrg) return;
          const imageId = await moveProject(transaction, project, destinationOrg);
          await putTombstones(transaction, project.integration_id, [project]);
          await noteChange(transaction, request, change, { orgId: destinationOrg });
          // Ignores differ from one organization to another.
          if (imageId !== undefined) await refreshCounts(transaction, [imageId]);
        });
        return answer;
      },
    );
  };
}
