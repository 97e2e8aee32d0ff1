import { z } from 'zod';
import { Instant } from '../names.ts';
import { ImportPolicy } from './sync.ts';

const ImageGroup = z.object({
  repository: z.string(),
  tags: z.array(z.object({ tag: z.string(), observed_at: Instant.optional() })),
});

/** What the next run under the policy would import and delete, grouped by repository (platform-api.md A1, A19). */
export const DryRunResult = z.object({
  images_to_import: z.array(ImageGroup),
  /** Only when the policy has `delete_images`. */
  images_to_delete: z.array(ImageGroup),
  /** Matching images and others. */
  total_images_processed: z.number().int(),
});
export type DryRunResult = z.infer<typeof DryRunResult>;

/** Counts of images, and what a person should know of the result. */
export const DryRunMeta = z.object({
  matched: z.number().int(),
  already_imported: z.number().int(),
  /** Imported, and read again because their tag was moved or their last scan failed. */
  to_rescan: z.number().int(),
  /** Match, but a person deleted their project. */
  tombstoned: z.number().int(),
  /** To be imported or scanned again, beyond what one run takes; the next runs take them. */
  truncated: z.number().int(),
  warnings: z.array(z.string()),
});
export type DryRunMeta = z.infer<typeof DryRunMeta>;

/** Why one image is imported, kept, deleted or left out. */
export const DryRunReason = z.object({
  repository: z.string(),
  tag: z.string(),
  admitted: z.boolean(),
  reason: z.string(),
});
export type DryRunReason = z.infer<typeof DryRunReason>;

/** The evaluation of a policy that is not applied. */
export const DryRunJob = z.object({
  id: z.uuid(),
  type: z.literal('dry_run_job'),
  attributes: z.object({
    status: z.enum(['pending', 'running', 'completed', 'failed']),
    policy: ImportPolicy.optional(),
    started_at: Instant.optional(),
    completed_at: Instant.optional(),
    error_message: z.string().optional(),
    result: DryRunResult.optional(),
  }),
});
export type DryRunJob = z.infer<typeof DryRunJob>;

/** `?reasons=true` adds the reason of each image to `meta`. */
export const DryRunQuery = z.object({ reasons: z.enum(['true', 'false']).default('false') });
