import { V1Project } from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { noteChange } from '../audit/index.ts';
import { notFound } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { projectResources } from './project-resource.ts';
import { changeProject, findProject } from './project-store.ts';
import type { ProjectsDeps } from './projects-deps.ts';

const ProjectParams = z.object({ org_id: z.uuid(), project_id: z.uuid() });
const Nothing = z.strictObject({});

/** Projects as the older API has them, under the prefix it is registered with. */
export function v1ProjectRoutes({ db, now, publicUrl }: ProjectsDeps, prefix: string): FastifyPluginAsync {
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
        const [project] = row ? await projectResources(db, orgId, [row], now()) : [];
        if (!project) throw notFound('The project');
        const { attributes, meta } = project;
        const { image, latest_issue_counts: counts } = meta;
        return {
          id,
          name: attributes.name,
          created: attributes.created,
          origin: attributes.origin,
          type: attributes.type,
          readOnly: attributes.read_only,
          testFrequency: attributes.settings.recurring_tests.frequency,
          isMonitored: attributes.status === 'active',
          totalDependencies: meta.latest_dependency_total?.total ?? 0,
          issueCountsBySeverity: {
            low: counts?.low ?? 0,
            medium: counts?.medium ?? 0,
            high: counts?.high ?? 0,
            critical: counts?.critical ?? 0,
          },
          ...(image.scanned_at !== undefined && { lastTestedDate: image.scanned_at }),
          browseUrl: `${publicUrl}/images/${id}`,
          targetReference: attributes.target_reference,
          ...(image.digest !== undefined && { imageId: image.digest }),
          imageTag: attributes.target_reference,
          ...(image.platform !== undefined && { imagePlatform: image.platform }),
          ...(image.base?.name !== undefined && { imageBaseImage: image.base.name }),
          tags: attributes.tags,
        };
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
