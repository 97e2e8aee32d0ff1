import type { z } from 'zod';

/**
 * Keeps the entries whose name a schema admits, so that no other name ever reaches a URL. What is left out is told in
 * one warning: such a name cannot be pulled by anybody, so the listing is complete without it.
 */
export function keepValidNames<T extends { readonly name: string }>(
  entries: readonly T[],
  schema: z.ZodType<string>,
): { entries: T[]; warnings: string[] } {
  const kept = entries.filter(({ name }) => schema.safeParse(name).success);
  const refused = entries.find(({ name }) => !schema.safeParse(name).success);
  const warnings = refused
    ? [
        `${entries.length - kept.length} names were left out because the distribution specification does not allow them, for example ${JSON.stringify(refused.name.slice(0, 100))}.`,
      ]
    : [];
  return { entries: kept, warnings };
}
