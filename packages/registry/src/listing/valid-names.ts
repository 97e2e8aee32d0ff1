import type { z } from 'zod';

/**
 * Keeps the entries whose name a schema admits, so that no other name ever reaches a URL. What is left out is told in
 * one warning: such a name cannot be pulled by anybody, so the listing is complete without it.
 */
export function keepValidNames<T extends { readonly name: string }>(
  entries: readonly T[],
  schema: z.ZodType<string>,
): { entries: T[]; warnings: string[] } {
  const kept: T[] = [];
  let refused: string | undefined;
  for (const entry of entries) {
    if (schema.safeParse(entry.name).success) kept.push(entry);
    else refused ??= entry.name;
  }
  if (refused === undefined) return { entries: kept, warnings: [] };
  const count = entries.length - kept.length;
  const example = JSON.stringify(refused.slice(0, 100));
  const why = 'because the distribution specification does not allow them';
  return { entries: kept, warnings: [`${count} names were left out ${why}, for example ${example}.`] };
}
