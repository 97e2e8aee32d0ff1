import { documentOf, SbomDocument, sbomFormats } from '@plimsoll/contracts';
import { cyclonedxJson, cyclonedxXml, spdxJson, type InventoryFormat } from '@plimsoll/sbom';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { notFound } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { documentFor } from '../http/documents.ts';
import { findProject } from './project-store.ts';
import type { ProjectsDeps } from './projects-deps.ts';

/** What `format` takes, and who writes it. */
const writers: Readonly<Record<(typeof sbomFormats)[number], InventoryFormat>> = {
  'cyclonedx1.6+json': cyclonedxJson('1.6'),
  'cyclonedx1.6+xml': cyclonedxXml('1.6'),
  'cyclonedx1.5+json': cyclonedxJson('1.5'),
  'cyclonedx1.5+xml': cyclonedxXml('1.5'),
  'cyclonedx1.4+json': cyclonedxJson('1.4'),
  'cyclonedx1.4+xml': cyclonedxXml('1.4'),
  'spdx2.3+json': spdxJson,
};

/** Exports what is in the image of a project as an SBOM. */
export function sbomRoutes({ db, readInventory }: ProjectsDeps): FastifyPluginAsync {
  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    app.withTypeProvider<ZodTypeProvider>().get(
      '/rest/orgs/:org_id/projects/:project_id/sbom',
      {
        preHandler: authorize('org.project.read'),
        schema: {
          summary: 'The image of a project as an SBOM; without a format, which formats there are',
          params: z.object({ org_id: z.uuid(), project_id: z.uuid() }),
          querystring: z.object({
            format: z.enum(sbomFormats).optional(),
            // Inventories hold no licences, so that there is nothing to leave out.
            exclude: z.literal('licenses').optional(),
          }),
          response: { 200: documentOf(SbomDocument).or(z.string()) },
        },
      },
      async (request, reply) => {
        const { org_id: orgId, project_id: id } = request.params;
        const project = await findProject(db, orgId, id);
        if (!project) throw notFound('The project');
        const { format } = request.query;
        if (format === undefined) {
          return documentFor(request, {
            id,
            type: 'sbom' as const,
            attributes: { formats: [...sbomFormats] },
          });
        }
        const inventory = project.image_id === null ? undefined : await readInventory(project.image_id);
        if (!inventory) throw notFound('The image, which was not read yet,');
        const writer = writers[format];
        const extension = format.endsWith('xml') ? 'xml' : 'json';
        return reply
          .type(writer.mediaType)
          .header('content-disposition', `attachment; filename="sbom-${id}.${extension}"`)
          .send(
            writer.write(
              { ...inventory, packages: [...inventory.packages] },
              {
                imageName: `${project.repository}:${project.tag}`,
                createdAt: project.scanned_at ?? new Date(0),
              },
            ),
          );
      },
    );
  };
}
