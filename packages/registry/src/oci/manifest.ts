import { Digest } from '@plimsoll/contracts';
import { z } from 'zod';

/** More than any image has, and what an inventory can hold. */
const maxLayers = 1_000;
/** An index of many platforms with attestations has about forty entries. */
const maxEntries = 1_000;

const SizeBytes = z.number().int().nonnegative();

const Descriptor = z.object({
  mediaType: z.string().max(256),
  digest: Digest,
  size: SizeBytes,
  urls: z.array(z.string().max(2_048)).max(16).optional(),
  annotations: z.record(z.string(), z.string()).optional().catch(undefined),
});

const IndexEntry = z.object({
  mediaType: z.string().max(256).optional(),
  // Entries of other digest algorithms are passed over, not refused.
  digest: z.string().max(256),
  size: SizeBytes,
  platform: z.object({ os: z.string(), architecture: z.string(), variant: z.string().nullish() }).nullish(),
  annotations: z.record(z.string(), z.string()).nullish(),
});
export type IndexEntry = z.infer<typeof IndexEntry>;

/** An image index or docker manifest list, as far as we use it. */
export const ImageIndex = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  manifests: z.array(IndexEntry).max(maxEntries),
});
export type ImageIndex = z.infer<typeof ImageIndex>;

/** An image manifest, OCI or docker schema 2, as far as we use it. */
export const ImageManifest = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  artifactType: z.string().nullish(),
  config: Descriptor,
  layers: z.array(Descriptor).max(maxLayers),
  annotations: z.record(z.string(), z.string()).nullish().catch(undefined),
});
export type ImageManifest = z.infer<typeof ImageManifest>;
