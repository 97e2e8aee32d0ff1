import { z } from 'zod';

/** What an import changed, as far as it concerns findings; the data of the job that matches again. */
export const AdvisoryChanges = z.object({
  /** Ecosystem and name of packages whose rules came, went or may say something else. */
  keys: z.array(z.tuple([z.string(), z.string()])),
  /** Ids of vulnerabilities that are grouped with others than before. */
  vulnerabilities: z.array(z.string()),
  /** Ids of the advisories that changed, which are the cause of whatever changes now. */
  advisories: z.array(z.string()).default([]),
  /** Ids of vulnerabilities that VEX documents say something else about than before. */
  spokenOf: z.array(z.string()).optional(),
  /** How likely vulnerabilities are to be exploited is told anew. */
  isExploitationNew: z.literal(true).optional(),
});
export type AdvisoryChanges = z.infer<typeof AdvisoryChanges>;
