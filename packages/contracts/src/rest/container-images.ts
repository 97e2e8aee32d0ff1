import { z } from 'zod';
import { Digest, Instant, Platform } from '../names.ts';
import { commaSeparated, PageQuery } from './json-api.ts';

/** An image that was read, by its digest, whatever tags show it. */
export const ContainerImage = z.object({
  /** The digest. */
  id: Digest,
  type: z.literal('container_image'),
  attributes: z.object({
    /** `repository:tag` of the projects that show it. */
    names: z.array(z.string()),
    platform: Platform,
    /** The lowest first. */
    layers: z.array(z.string()),
    os: z.string().optional(),
    size_bytes: z.number().int(),
    created_at: z.string().optional(),
    scanned_at: Instant,
  }),
});
export type ContainerImage = z.infer<typeof ContainerImage>;

export const ContainerImageQuery = PageQuery.extend({
  image_ids: commaSeparated.optional(),
  names: commaSeparated.optional(),
  platform: Platform.optional(),
});

/** A repository that has an image. */
export const ImageTargetReference = z.object({
  id: z.uuid(),
  type: z.literal('image_target_reference'),
  attributes: z.object({ target_id: z.uuid(), target_reference: z.string(), platform: Platform }),
});
export type ImageTargetReference = z.infer<typeof ImageTargetReference>;
