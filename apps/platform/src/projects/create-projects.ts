import type { FastifyPluginAsync } from 'fastify';
import type { JobDefinition } from '../jobs/jobs.ts';
import { containerImageRoutes } from './container-image-routes.ts';
import { fixRoutes } from './fix-routes.ts';
import { importRoutes } from './import-routes.ts';
import { issueChangeRoutes } from './issue-change-routes.ts';
import { issueRoutes } from './issue-routes.ts';
import { imageRoutes } from './image-routes.ts';
import { packageRoutes } from './package-routes.ts';
import { forgetSnapshotsJob } from './project-history.ts';
import { projectRoutes } from './project-routes.ts';
import type { ProjectsDeps } from './projects-deps.ts';
import { refreshJob } from './refresh-counts.ts';
import { sbomRoutes } from './sbom-routes.ts';
import { targetRoutes } from './target-routes.ts';
import { v1DepGraphRoutes } from './v1-dep-graph-routes.ts';
import { v1IssueRoutes } from './v1-issue-routes.ts';
import { v1HistoryRoutes } from './v1-history-routes.ts';
import { v1MoveRoutes } from './v1-move-routes.ts';
import { v1ProjectRoutes } from './v1-project-routes.ts';
import { recountJob } from './triaged-projects.ts';

/** Targets, projects and issues. */
export function createProjects(deps: ProjectsDeps): Projects {
  return {
    routes: async (app) => {
      await app.register(targetRoutes(deps));
      await app.register(projectRoutes(deps));
      await app.register(packageRoutes(deps));
      await app.register(fixRoutes(deps));
      await app.register(imageRoutes(deps));
      await app.register(sbomRoutes(deps));
      await app.register(issueRoutes(deps));
      await app.register(issueChangeRoutes(deps));
      await app.register(containerImageRoutes(deps));
      for (const prefix of ['/v1', '/api/v1']) {
        for (const routes of [
          importRoutes,
          v1ProjectRoutes,
          v1IssueRoutes,
          v1DepGraphRoutes,
          v1HistoryRoutes,
          v1MoveRoutes,
        ]) {
          await app.register(routes(deps, prefix));
        }
      }
    },
    jobs: [refreshJob(deps.db), recountJob(deps.db), forgetSnapshotsJob(deps.db)],
  };
}

export type Projects = { readonly routes: FastifyPluginAsync; readonly jobs: readonly JobDefinition[] };
