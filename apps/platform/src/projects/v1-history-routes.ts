import { V1HistoryQuery, V1HistoryRequest, V1Snapshots } from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { notFound } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { readCounts } from './issue-counts.ts';
import { projectHistory } from './project-history.ts';
import { findProject } from './project-store.ts';
import type { ProjectsDeps } from './projects-deps.ts';

const none = { critical: 0, high: 0, medium: 0, low: 0 };

/** What a project shows and showed before, under the prefix it is registered with. */
export function v1HistoryRoutes({ db, now }: ProjectsDeps, prefix: string): FastifyPluginAsync {
  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    app.withTypeProvider<ZodTypeProvider>().post(
      `${prefix}/org/:org_id/project/:project_id/history`,
      {
        config: { audit: false },
        preHandler: authorize('org.project.snapshot.read'),
        schema: {
          summary: 'What a project shows, and what it showed before in the last year',
          params: z.object({ org_id: z.uuid(), project_id: z.uuid() }),
          querystring: V1HistoryQuery,
          body: V1HistoryRequest.nullish(),
          response: { 200: V1Snapshots },
        },
      },
      async (request): Promise<V1Snapshots> => {
        const { org_id: orgId, project_id: id } = request.params;
        const project = await findProject(db, orgId, id);
        if (!project) throw notFound('The project');
        const { perPage, page } = request.query;
        const { snapshots, total } = await projectHistory(db, id, {
          imageId: request.body?.filters.imageId,
          offset: (page - 1) * perPage,
          limit: perPage,
        });
        return {
          snapshots: snapshots.map((snapshot) => {
            const { critical, high, medium, low } = readCounts(
              { issue_counts: snapshot.issue_counts, issue_ignored: null, issue_counts_at: null },
              now(),
            );
            return {
              id: snapshot.id,
              created: (snapshot.scanned_at ?? now()).toISOString(),
              totalDependencies: snapshot.package_count,
              issueCounts: { vuln: { critical, high, medium, low }, license: none },
              imageId: snapshot.digest,
              imageTag: project.tag,
              imagePlatform: snapshot.platform,
              method: 'recurring' as const,
            };
          }),
          total,
        };
      },
    );
  };
}
