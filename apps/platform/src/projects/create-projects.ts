import type { FastifyPluginAsync } from 'fastify';
import type { JobDefinition } from '../jobs/jobs.ts';
import { importRoutes } from './import-routes.ts';
import { issueChangeRoutes } from './issue-change-routes.ts';
import { issueRoutes } from './issue-routes.ts';
import { imageRoutes } from './image-routes.ts';
import { packageRoutes } from './package-routes.ts';
import { projectRoutes } from './project-routes.ts';
import type { ProjectsDeps } from './projects-deps.ts';
import { refreshJob } from './refresh-counts.ts';
import { targetRoutes } from './target-routes.ts';

/** Targets, projects and issues. */
export function createProjects(deps: ProjectsDeps): Projects {
  return {
    routes: async (app) => {
      await app.register(targetRoutes(deps));
      await app.register(projectRoutes(deps));
      await app.register(packageRoutes(deps));
      await app.register(imageRoutes(deps));
      await app.register(issueRoutes(deps));
      await app.register(issueChangeRoutes(deps));
      for (const prefix of ['/v1', '/api/v1']) await app.register(importRoutes(deps, prefix));
    },
    jobs: [refreshJob(deps.db)],
  };
}

export type Projects = { readonly routes: FastifyPluginAsync; readonly jobs: readonly JobDefinition[] };
