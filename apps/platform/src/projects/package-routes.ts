import { pageOf, PageQuery, ProjectPackage, type InventoryPackage } from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { sql, type Kysely } from 'kysely';
import { z } from 'zod';
import { slice, type PagePosition } from '../database/read-slice.ts';
import type { Database } from '../database/schema.ts';
import { notFound } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { readPosition } from '../http/cursor.ts';
import { pageFor } from '../http/documents.ts';
import { baseImages } from '../inventories/index.ts';
import { ignoreInForce, vexInForce } from '../triage/verdict.ts';
import { countFindings } from './issue-counts.ts';
import { findProject } from './project-store.ts';
import type { ProjectsDeps } from './projects-deps.ts';

const ProjectParams = z.object({ org_id: z.uuid(), project_id: z.uuid() });

type Numbered = { readonly place: number; readonly found: InventoryPackage & { packageId: number } };

/** The packages in the image that a project shows. */
export function packageRoutes({ db, readInventory, now }: ProjectsDeps): FastifyPluginAsync {
  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    app.withTypeProvider<ZodTypeProvider>().get(
      '/rest/orgs/:org_id/projects/:project_id/packages',
      {
        preHandler: authorize('org.project.read'),
        schema: {
          summary: 'Packages of a project',
          params: ProjectParams,
          querystring: PageQuery,
          response: { 200: pageOf(ProjectPackage) },
        },
      },
      async (request) => {
        const project = await findProject(db, request.params.org_id, request.params.project_id);
        if (!project) throw notFound('The project');
        // An inventory never changes, so a place in its sorted packages is a cursor as long as it is the same one.
        const list = ['packages', project.id, project.image_id, project.scanned_at];
        const position = readPosition(request.query, list);
        const inventory = project.image_id === null ? undefined : await readInventory(project.image_id);
        const sorted = (inventory?.packages ?? [])
          .toSorted(
            (a, b) => compare(a.name, b.name) || compare(a.version, b.version) || compare(a.purl, b.purl),
          )
          .map((found, place): Numbered => ({ place, found }));
        const page = slice(readFrom(sorted, position, request.query.limit), position, request.query.limit);
        const counts = await countsOf(db, project.id, page.rows, now());
        const layers = inventory?.layers ?? [];
        const bases = project.image_id === null ? undefined : await baseImages(db, [project.image_id]);
        const baseLayers = bases?.get(project.image_id ?? -1)?.layers;
        return pageFor(
          request,
          list,
          page,
          (row) => [row.place],
          ({ place, found }): ProjectPackage => {
            const layerIndex = layers.findIndex((layer) => layer.digest === found.layer);
            const createdBy = layers[layerIndex]?.createdBy;
            return {
              id: `${found.packageId}-${place}`,
              type: 'package',
              attributes: {
                purl: found.purl,
                type: found.type,
                name: found.name,
                version: found.version,
                ...(found.arch !== undefined && { arch: found.arch }),
                ...(found.sourceName !== undefined && { source_name: found.sourceName }),
                evidence: found.evidence,
                ...(found.ownedBy !== undefined && { owned_by: found.ownedBy }),
                ...(found.alsoOwnedBy && { also_owned_by: found.alsoOwnedBy }),
                ...(found.nestedIn !== undefined && { nested_in: found.nestedIn }),
                ...(found.layer !== undefined && { layer: found.layer }),
                layer_index: layerIndex,
                ...(createdBy !== undefined && { layer_created_by: createdBy }),
                ...(baseLayers !== undefined &&
                  layerIndex >= 0 && { in_base_image: layerIndex < baseLayers }),
                locations: found.locations,
                ...(found.claimedBy && { claimed_by: found.claimedBy }),
                issue_counts: countFindings(counts.get(found.packageId) ?? []),
              },
            };
          },
        );
      },
    );
  };
}

/** One more than a page in reading direction, as the database would read it. */
function readFrom(sorted: readonly Numbered[], position: PagePosition, limit: number): Numbered[] {
  if (position.direction === 'backward') {
    const before = Number(position.before[0]);
    return sorted.slice(Math.max(0, before - limit - 1), before).toReversed();
  }
  const start = position.after === undefined ? 0 : Number(position.after[0]) + 1;
  return sorted.slice(start, start + limit + 1);
}

async function countsOf(db: Kysely<Database>, projectId: string, rows: readonly Numbered[], at: Date) {
  const ids = rows.map(({ found }) => found.packageId);
  const { rows: findings } = await sql<{
    package_id: number;
    severity: string;
    hidden_reason: string | null;
    is_ignored: boolean;
  }>`
    select finding.package_id, finding.severity, rule.id is not null as is_ignored,
      case when vex.is_suppressing then 'not-affected' else finding.hidden_reason end as hidden_reason
    from finding
    join package on package.id = finding.package_id
    join project on project.id = ${projectId}
    join image on image.id = project.image_id
    left join ${ignoreInForce(at)} as rule on true
    left join ${vexInForce()} as vex on true
    where finding.package_id = any(${ids}::integer[])`.execute(db);
  return Map.groupBy(findings, (finding) => finding.package_id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
