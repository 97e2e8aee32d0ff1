import { z } from 'zod';
import { Instant } from '../names.ts';
import { PolicyComponent } from './import-policy.ts';
import { relationshipTo, requestOf } from './json-api.ts';

/** Bounds and default of `schedule_frequency_hours`. */
export const scheduleHours = { min: 2, max: 8_760, default: 24 } as const;

export const ImportPolicy = z.strictObject({
  name: z.string().min(1).max(255),
  schedule_frequency_hours: z
    .number()
    .int()
    .min(scheduleHours.min)
    .max(scheduleHours.max)
    .default(scheduleHours.default),
  delete_images: z.boolean().default(false),
  import_policy: PolicyComponent,
});
export type ImportPolicy = z.infer<typeof ImportPolicy>;

/** The policy of an integration; its id is the integration's. */
export const ImportPolicyResource = z.object({
  id: z.uuid(),
  type: z.literal('container_registry_import_policy'),
  attributes: z.object({ policy: ImportPolicy }),
});
export type ImportPolicyResource = z.infer<typeof ImportPolicyResource>;

export const ImportPolicyRequest = requestOf(
  'container_registry_import_policy',
  z.strictObject({ policy: ImportPolicy }),
);

/** PATCH: absent members stay, `null` sets a default again, `import_policy` is replaced as a whole. */
export const ImportPolicyPatch = requestOf(
  'container_registry_import_policy',
  z.strictObject({
    policy: z.strictObject({
      name: z.string().min(1).max(255).optional(),
      schedule_frequency_hours: ImportPolicy.shape.schedule_frequency_hours
        .removeDefault()
        .nullable()
        .optional(),
      delete_images: z.boolean().nullable().optional(),
      import_policy: PolicyComponent.optional(),
    }),
  }),
);
export type ImportPolicyPatch = z.infer<typeof ImportPolicyPatch>;

export const syncRunStatuses = ['pending', 'listing', 'scanning', 'completed', 'failed'] as const;

/** One pass over an integration. */
export const SyncRun = z.object({
  id: z.uuid(),
  type: z.literal('sync_run'),
  attributes: z.object({
    status: z.enum(syncRunStatuses),
    started_at: Instant,
    finished_at: Instant.optional(),
    /** Absent while the listing is still running. */
    listing_complete: z.boolean().optional(),
    counts: z.object({
      repositories: z.number().int(),
      tags: z.number().int(),
      to_import: z.number().int(),
      scans_requested: z.number().int(),
      scans_finished: z.number().int(),
      scans_failed: z.number().int(),
      pruned: z.number().int(),
    }),
    warnings: z.array(z.string()),
    error_message: z.string().optional(),
  }),
  relationships: z.object({ integration: relationshipTo('integration') }),
});
export type SyncRun = z.infer<typeof SyncRun>;
