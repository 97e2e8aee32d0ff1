import type { z } from 'zod';

/**
 * Keeps the entries whose name a schema admits, so that no other name ever reaches a URL. What is left out is told in
 * one warning: such a name cannot be pulled by anybody, so the listing is complete without it.
 */
export function keepValidNames<T extends { readonly name: string }>(
  entries: readonly T[],
  schema: z.ZodType<string>,
): { entries: T[]; warnings: string[] } {
  const gate = new NameGate(schema);
  return { entries: entries.filter(({ name }) => gate.admits(name)), warnings: gate.warnings };
}

/** The same for names that come one by one. */
export class NameGate {
  readonly #schema: z.ZodType<string>;
  #refused = 0;
  #example = '';

  constructor(schema: z.ZodType<string>) {
    this.#schema = schema;
  }

  admits(name: string): boolean {
    if (this.#schema.safeParse(name).success) return true;
    if (this.#refused++ === 0) this.#example = JSON.stringify(name.slice(0, 100));
    return false;
  }

  /** One warning about all that were not admitted, or none. */
  get warnings(): string[] {
    if (this.#refused === 0) return [];
    const why = 'because the distribution specification does not allow them';
    return [`${this.#refused} names were left out ${why}, for example ${this.#example}.`];
  }
}
