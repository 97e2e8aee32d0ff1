import { z } from 'zod';
import { PageQuery } from './json-api.ts';

/** What the policy says about one image that a run, or a dry run, saw, and why; its id is `repository:tag`. */
export const ImageVerdict = z.object({
  id: z.string(),
  type: z.literal('image_verdict'),
  attributes: z.object({
    repository: z.string(),
    tag: z.string(),
    admitted: z.boolean(),
    /** A sentence part: `tag does not match ^prod`, `2nd newest of 5 in team/web`. */
    reason: z.string(),
    /**
     * Only of a run and of an image that is admitted: it has a project, a person deleted that, or it waits for the next
     * runs because this one took as many as it may.
     */
    outcome: z.enum(['imported', 'tombstoned', 'truncated']).optional(),
  }),
});
export type ImageVerdict = z.infer<typeof ImageVerdict>;

/** Which images: of one repository, one tag, only those admitted or left out. */
export const ImageVerdictQuery = PageQuery.extend({
  repository: z.string().max(512).optional(),
  tag: z.string().max(128).optional(),
  admitted: z.enum(['true', 'false']).optional(),
});
