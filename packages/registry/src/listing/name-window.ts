import type { UpstreamPage } from './list-pages.ts';

/** Entries of one answer that are kept at a time: some ten megabytes with the longest names. */
const windowSize = 50_000;

/**
 * Keeps of the entries of one answer those with the first names after some name, in order, and no more than so many. An
 * answer of any size goes through in this way: whoever comes for what is after the last of them has the answer read again.
 */
export class NameWindow<T extends { readonly name: string }> {
  readonly #after: string | undefined;
  readonly #size: number;
  #entries: T[] = [];
  /** The last name that there is room for, once something was left out. */
  #bound: string | undefined;

  constructor(after: string | undefined, size: number = windowSize) {
    this.#after = after;
    this.#size = size;
  }

  add(entry: T): void {
    if (this.#after !== undefined && entry.name <= this.#after) return;
    if (this.#bound !== undefined && entry.name > this.#bound) return;
    this.#entries.push(entry);
    // Sorting now and then, rather than once per name, is what makes this fast.
    if (this.#entries.length >= this.#size * 1.5) this.#cut();
  }

  /** What was kept: in the order in which it came, or in that of names when there is more. */
  page(): Pick<UpstreamPage<T>, 'entries' | 'isCut'> {
    if (this.#entries.length > this.#size) this.#cut();
    if (this.#bound === undefined) return { entries: this.#entries };
    this.#entries = inOrder(this.#entries);
    return { entries: this.#entries, isCut: true };
  }

  #cut(): void {
    this.#entries = inOrder(this.#entries);
    if (this.#entries.length <= this.#size) return;
    this.#entries.length = this.#size;
    this.#bound = this.#entries.at(-1)?.name;
  }
}

/** Entries in order of names, each name once. */
export function inOrder<T extends { readonly name: string }>(entries: readonly T[]): T[] {
  return entries
    .toSorted((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)))
    .filter(({ name }, index, sorted) => index === 0 || sorted[index - 1]?.name !== name);
}
