import { documentOf, ProjectImage, type BaseImageFacts } from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { notFound } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { documentFor } from '../http/documents.ts';
import type { StoredInventory } from '../inventories/index.ts';
import { basesOfImages } from './base-of-image.ts';
import { findProject } from './project-store.ts';
import type { ProjectsDeps } from './projects-deps.ts';

/** What the image is that a project shows: config, history, layers, base image. */
export function imageRoutes({ db, readInventory }: ProjectsDeps): FastifyPluginAsync {
  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    app.withTypeProvider<ZodTypeProvider>().get(
      '/rest/orgs/:org_id/projects/:project_id/image',
      {
        preHandler: authorize('org.project.read'),
        schema: {
          summary: 'The image of a project: config, history, layers, base image',
          params: z.object({ org_id: z.uuid(), project_id: z.uuid() }),
          response: { 200: documentOf(ProjectImage) },
        },
      },
      async (request) => {
        const { org_id: orgId, project_id: id } = request.params;
        const project = await findProject(db, orgId, id);
        if (!project) throw notFound('The project');
        const { image_id: imageId } = project;
        const inventory = imageId === null ? undefined : await readInventory(imageId);
        if (!inventory || imageId === null) throw notFound('The image, which was not read yet,');
        const base = (await basesOfImages(db, orgId, [imageId])).get(imageId);
        return documentFor(request, {
          id,
          type: 'image' as const,
          attributes: attributesOf(inventory, base),
        });
      },
    );
  };
}

function attributesOf(
  inventory: StoredInventory,
  base: BaseImageFacts | undefined,
): ProjectImage['attributes'] {
  const {
    digest,
    platform,
    os,
    config,
    annotations = {},
    layers,
    history = [],
    sboms = [],
    warnings,
  } = inventory;
  const brought = Map.groupBy(inventory.packages, ({ layer }) => layer);
  const name = os?.prettyName ?? os?.id;
  return {
    digest,
    platform,
    ...(name !== undefined && { os: name }),
    ...(base && { base }),
    config,
    annotations,
    layers: layers.map((layer, index) => ({
      digest: layer.digest,
      ...(layer.diffId !== undefined && { diff_id: layer.diffId }),
      media_type: layer.mediaType,
      size_bytes: layer.sizeBytes,
      ...(layer.createdBy !== undefined && { created_by: layer.createdBy }),
      ...(layer.createdAt !== undefined && { created_at: layer.createdAt }),
      package_count: brought.get(layer.digest)?.length ?? 0,
      ...(base?.layers !== undefined && { in_base_image: index < base.layers }),
    })),
    history: history.map(({ createdBy, createdAt, comment, layer }) => ({
      ...(createdBy !== undefined && { created_by: createdBy }),
      ...(createdAt !== undefined && { created_at: createdAt }),
      ...(comment !== undefined && { comment }),
      ...(layer !== undefined && { layer }),
    })),
    sboms,
    warnings,
  };
}
