import { z } from 'zod';

/** POST /v1/org. There are no groups here, and nothing is copied from another organization. */
export const V1OrgRequest = z.object({
  name: z.string().min(1).max(60),
  groupId: z.string().max(64).optional(),
  sourceOrgId: z.never({ error: 'is not supported: nothing is copied' }).optional(),
});

export const V1Org = z.object({
  id: z.uuid(),
  name: z.string(),
  slug: z.string(),
  url: z.string(),
  created: z.string(),
  group: z.null(),
});
export type V1Org = z.infer<typeof V1Org>;
