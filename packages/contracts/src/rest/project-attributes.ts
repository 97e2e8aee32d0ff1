import { z } from 'zod';

/** What projects can be said to be, in the words of the API that we follow. */
export const projectWords = {
  business_criticality: ['critical', 'high', 'medium', 'low'],
  environment: [
    'frontend',
    'backend',
    'internal',
    'external',
    'mobile',
    'saas',
    'onprem',
    'hosted',
    'distributed',
  ],
  lifecycle: ['production', 'development', 'sandbox'],
} as const;

/** A tag of a project; `key:value` in filters. */
export const ProjectTag = z.object({
  key: z
    .string()
    .min(1)
    .max(30)
    .regex(/^[^:,]+$/, 'must not hold a colon or a comma'),
  value: z
    .string()
    .min(1)
    .max(256)
    .regex(/^[^,]+$/, 'must not hold a comma'),
});
export type ProjectTag = z.infer<typeof ProjectTag>;

const list = <T extends readonly [string, ...string[]]>(words: T) => z.array(z.enum(words)).max(words.length);

/** What a person says of a project. */
export const projectAttributes = {
  tags: z.array(ProjectTag).max(100),
  business_criticality: list(projectWords.business_criticality),
  environment: list(projectWords.environment),
  lifecycle: list(projectWords.lifecycle),
};
