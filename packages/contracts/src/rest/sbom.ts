import { z } from 'zod';

/** Formats in which a project's image is exported, named as `format` takes them. */
export const sbomFormats = [
  'cyclonedx1.6+json',
  'cyclonedx1.6+xml',
  'cyclonedx1.5+json',
  'cyclonedx1.5+xml',
  'cyclonedx1.4+json',
  'cyclonedx1.4+xml',
  'spdx2.3+json',
] as const;

/** What is answered where no format was asked for. */
export const SbomDocument = z.object({
  id: z.uuid(),
  type: z.literal('sbom'),
  attributes: z.object({ formats: z.array(z.enum(sbomFormats)) }),
});
export type SbomDocument = z.infer<typeof SbomDocument>;
