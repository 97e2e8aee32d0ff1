import { z } from 'zod';
import { Instant } from '../names.ts';

/** GET /rest/advisories: what the platform knows about vulnerabilities, per ecosystem. */
export const AdvisoryFeedStatus = z.object({
  id: z.string(),
  type: z.literal('advisory_feed'),
  attributes: z.object({
    /** The ecosystem of a dump, or the name of a file. */
    ecosystem: z.string(),
    /** The format it was read in: osv, github, epss, kev, openvex, csaf. */
    feed: z.string().optional(),
    /** What its records are: advisories, epss, exploited, vex. */
    kind: z.string().optional(),
    /** Records that are stored of it. */
    advisories: z.number().int(),
    newest_modified: Instant.optional(),
    /** When something was last read from it. */
    imported_at: Instant.optional(),
    /** When it was last known to be up to date, and how long that is ago. */
    checked_at: Instant.optional(),
    age_seconds: z.number().int().optional(),
    /** Not confirmed for 48 hours. */
    is_stale: z.boolean().optional(),
    source: z.string().optional(),
    skipped: z.number().int(),
    /** Why the last pass failed, and when; what was known before stays in use. */
    last_error: z.string().optional(),
    failed_at: Instant.optional(),
  }),
});
export type AdvisoryFeedStatus = z.infer<typeof AdvisoryFeedStatus>;
