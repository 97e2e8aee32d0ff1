import {
  ContainerImage,
  ContainerImageQuery,
  Digest,
  documentOf,
  ImageTargetReference,
  pageOf,
  PageQuery,
} from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { notFound } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { readPosition } from '../http/cursor.ts';
import { documentFor, pageFor, pageWith } from '../http/documents.ts';
import {
  findContainerImage,
  listContainerImages,
  projectsOfImage,
  type ContainerImageRow,
} from './container-image-store.ts';
import { namesByImage } from './project-store.ts';
import type { ProjectsDeps } from './projects-deps.ts';

const OrgParams = z.object({ org_id: z.uuid() });
const ImageParams = OrgParams.extend({ image_id: Digest });
const path = '/rest/orgs/:org_id/container_images';

/** Images by their digests, whatever tags show them. */
export function containerImageRoutes({ db, readInventory }: ProjectsDeps): FastifyPluginAsync {
  const demandImage = async ({ org_id: orgId, image_id: digest }: z.infer<typeof ImageParams>) => {
    const row = await findContainerImage(db, orgId, digest);
    if (!row) throw notFound('The image');
    return row;
  };
  const resourcesOf = async (orgId: string, rows: readonly ContainerImageRow[]) => {
    const names = await namesByImage(
      db,
      orgId,
      rows.map(({ id }) => id),
    );
    return await Promise.all(
      rows.map(async (row): Promise<ContainerImage> => {
        const inventory = await readInventory(row.id);
        return {
          id: row.digest,
          type: 'container_image',
          attributes: {
            names: names.get(row.id) ?? [],
            platform: row.platform,
            layers: inventory?.layers.map(({ digest }) => digest) ?? [],
            ...(row.os_name !== null && { os: row.os_name }),
            size_bytes: row.size_bytes,
            ...(row.image_created_at !== null && { created_at: row.image_created_at }),
            scanned_at: row.scanned_at.toISOString(),
          },
        };
      }),
    );
  };

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.get(
      path,
      {
        preHandler: authorize('org.container_image.read'),
        schema: {
          summary: 'Images by digest',
          params: OrgParams,
          querystring: ContainerImageQuery,
          response: { 200: pageOf(ContainerImage) },
        },
      },
      async (request) => {
        const { org_id: orgId } = request.params;
        const { image_ids: digests, names, platform, limit } = request.query;
        const filter = { digests, names, platform };
        const list = ['container_images', orgId, filter];
        const position = readPosition(request.query, list);
        const page = await listContainerImages(db, orgId, filter, position, limit);
        const keyOf = (row: ContainerImageRow) => [row.digest, row.platform];
        return pageWith(request, list, page, keyOf, await resourcesOf(orgId, page.rows));
      },
    );

    api.get(
      `${path}/:image_id`,
      {
        preHandler: authorize('org.container_image.read'),
        schema: {
          summary: 'One image by its digest',
          params: ImageParams,
          response: { 200: documentOf(ContainerImage) },
        },
      },
      async (request) => {
        const row = await demandImage(request.params);
        const [resource] = await resourcesOf(request.params.org_id, [row]);
        if (!resource) throw notFound('The image');
        return documentFor(request, resource);
      },
    );

    api.get(
      `${path}/:image_id/relationships/image_target_refs`,
      {
        preHandler: authorize('org.container_image.read'),
        schema: {
          summary: 'The tags that show an image',
          params: ImageParams,
          querystring: PageQuery,
          response: { 200: pageOf(ImageTargetReference) },
        },
      },
      async (request) => {
        const { org_id: orgId } = request.params;
        const { id } = await demandImage(request.params);
        const list = ['image_target_refs', id];
        const position = readPosition(request.query, list);
        const page = await projectsOfImage(db, orgId, id, position, request.query.limit);
        return pageFor(
          request,
          list,
          page,
          (row) => [row.repository, row.tag, row.id],
          (row): ImageTargetReference => ({
            id: row.id,
            type: 'image_target_reference',
            attributes: { target_id: row.target_id, target_reference: row.tag, platform: row.platform },
          }),
        );
      },
    );
  };
}
