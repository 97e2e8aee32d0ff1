import { z } from 'zod';
import { Instant } from '../names.ts';

export const severities = ['critical', 'high', 'medium', 'low', 'negligible', 'unknown'] as const;
export const SeverityLevel = z.enum(severities);
export type SeverityLevel = z.infer<typeof SeverityLevel>;

/** Open issues by severity; those hidden by default (see `issueStatuses`) are counted apart. */
export const IssueCounts = z.object({
  critical: z.number().int(),
  high: z.number().int(),
  medium: z.number().int(),
  low: z.number().int(),
  negligible: z.number().int(),
  unknown: z.number().int(),
  hidden: z.number().int(),
  /** Ignored by a person's decision, see `IgnorePolicy`. */
  ignored: z.number().int(),
  updated_at: Instant.optional(),
});
export type IssueCounts = z.infer<typeof IssueCounts>;

/** No issues at all. */
export const noIssues: Readonly<IssueCounts> = {
  critical: 0,
  high: 0,
  medium: 0,
  low: 0,
  negligible: 0,
  unknown: 0,
  hidden: 0,
  ignored: 0,
};
