import { V1DepGraph } from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { notFound } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { projectResources } from './project-resource.ts';
import { findProject } from './project-store.ts';
import type { ProjectsDeps } from './projects-deps.ts';

const rootId = 'root-node';

/** The packages of a project's image as the older API has them, under the prefix it is registered with. */
export function v1DepGraphRoutes(
  { db, readInventory, now }: ProjectsDeps,
  prefix: string,
): FastifyPluginAsync {
  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    app.withTypeProvider<ZodTypeProvider>().get(
      `${prefix}/org/:org_id/project/:project_id/dep-graph`,
      {
        preHandler: authorize('org.project.read'),
        schema: {
          summary: 'Packages of a project as a graph',
          params: z.object({ org_id: z.uuid(), project_id: z.uuid() }),
          response: { 200: V1DepGraph },
        },
      },
      async (request): Promise<V1DepGraph> => {
        const { org_id: orgId, project_id: id } = request.params;
        const row = await findProject(db, orgId, id);
        if (!row) throw notFound('The project');
        const [project] = await projectResources(db, orgId, [row], now());
        const inventory = row.image_id === null ? undefined : await readInventory(row.image_id);
        if (!project || !inventory) throw notFound('The image, which was not read yet,');
        const found = new Map(inventory.packages.map((one) => [`${one.name}@${one.version}`, one]));
        const root = { name: `docker-image|${row.repository}`, version: row.tag };
        const ids = [...found.keys()];
        return {
          depGraph: {
            schemaVersion: '1.3.0',
            pkgManager: { name: project.attributes.type },
            pkgs: [
              { id: `${root.name}@${root.version}`, info: root },
              ...[...found].map(([pkgId, { name, version, purl }]) => ({
                id: pkgId,
                info: { name, version, purl },
              })),
            ],
            // An image tells what lies in it, hardly ever what needs what: all are children of the image.
            graph: {
              rootNodeId: rootId,
              nodes: [
                {
                  nodeId: rootId,
                  pkgId: `${root.name}@${root.version}`,
                  deps: ids.map((nodeId) => ({ nodeId })),
                },
                ...ids.map((nodeId) => ({ nodeId, pkgId: nodeId, deps: [] })),
              ],
            },
          },
        };
      },
    );
  };
}
