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

export const syncRunStatuses = [
  'pending',
  'listing',
  'scanning',
  'completed',
  'failed',
  'cancelled',
] as const;

/** The parts of a run, in their order. */
export const syncSteps = ['listing', 'planning', 'importing', 'pruning', 'scanning'] as const;

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
      /** Images that the policy admits, and those of them that have a project. */
      matched: z.number().int(),
      already_imported: z.number().int(),
      /** New images and those that are read again. */
      to_import: z.number().int(),
      /** Part of `to_import`: projects that are read again because their tag was moved or their last scan failed. */
      to_rescan: z.number().int(),
      /** Match, but a person deleted their project. */
      tombstoned: z.number().int(),
      /** To be imported or scanned again, beyond what one run takes; the next runs take them. */
      truncated: z.number().int(),
      scans_requested: z.number().int(),
      scans_finished: z.number().int(),
      scans_failed: z.number().int(),
      pruned: z.number().int(),
      /** Projects whose deletion waits for a person. */
      held: z.number().int(),
      /** Projects that came back because a person undid their deletion. */
      restored: z.number().int(),
    }),
    /** What the run has been at; a step comes again when the run went on after it had ended early. */
    steps: z.array(z.object({ step: z.enum(syncSteps), started_at: Instant })),
    /** Repositories whose tags could not be listed; nothing of them is deleted. */
    repository_errors: z.array(z.object({ repository: z.string(), message: z.string() })),
    /** Absent when the run had nothing to delete. */
    prune: z
      .object({
        /** `held`: waits for a person; `confirmed` and `undoing` are under way. */
        state: z.enum(['held', 'confirmed', 'pruned', 'undoing', 'undone']),
        /** Why it is held. */
        reason: z.string().optional(),
        undo_until: Instant.optional(),
      })
      .optional(),
    warnings: z.array(z.string()),
    error_message: z.string().optional(),
  }),
  relationships: z.object({ integration: relationshipTo('integration') }),
});
export type SyncRun = z.infer<typeof SyncRun>;

/** A project that a run deleted, or would delete when a person says so. */
export const PrunedProject = z.object({
  id: z.uuid(),
  type: z.literal('pruned_project'),
  attributes: z.object({
    name: z.string(),
    repository: z.string(),
    tag: z.string(),
    reason: z.string(),
    /**
     * `replaced`: not restored, since its name has another project; `left`: not deleted, since a person had deleted it,
     * imported it or wanted to keep it by then.
     */
    state: z.enum(['held', 'pruned', 'restored', 'replaced', 'left']),
    changed_at: Instant,
  }),
});
export type PrunedProject = z.infer<typeof PrunedProject>;

/** When the sync of an integration runs, and whether it rests; its id is the integration's. */
export const SyncSchedule = z.object({
  id: z.uuid(),
  type: z.literal('sync_schedule'),
  attributes: z.object({ paused: z.boolean(), paused_at: Instant.optional(), next_run_at: Instant }),
});
export type SyncSchedule = z.infer<typeof SyncSchedule>;

export const SyncSchedulePatch = requestOf('sync_schedule', z.strictObject({ paused: z.boolean() }));
