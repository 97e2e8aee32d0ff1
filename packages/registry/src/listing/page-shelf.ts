/** How long a page is taken for the same, milliseconds. */
const freshMs = 60_000;

/** A registry's page in order of names, where it leads, and whether there is more of it. */
export type ShelvedPage<T> = {
  readonly entries: readonly T[];
  readonly next: string | undefined;
  readonly isCut: boolean;
};

/**
 * Keeps one page of a registry that was handed out in part, for whoever comes with the cursor: registries that cannot page
 * answer everything at once, and would have to be asked for all of it again for every part. Bounded by that of a `NameWindow`.
 */
export class PageShelf {
  #kept: { readonly key: string; readonly page: ShelvedPage<unknown>; readonly until: number } | undefined;

  /** The shelf of one listing, by its name. */
  of<T>(listing: string): ListingShelf<T> {
    const keyOf = (query: string) => `${listing}\n${query}`;
    return {
      take: (query) => {
        const kept = this.#kept;
        // One listing's pages are all of one kind.
        return kept?.key === keyOf(query) && performance.now() < kept.until
          ? (kept.page as ShelvedPage<T>)
          : undefined;
      },
      put: (query, page) => {
        this.#kept = { key: keyOf(query), page, until: performance.now() + freshMs };
      },
      clear: (query) => {
        if (this.#kept?.key === keyOf(query)) this.#kept = undefined;
      },
    };
  }
}

/** What one listing sees of the shelf; pages by the query that they were read with. */
export type ListingShelf<T> = {
  take(query: string): ShelvedPage<T> | undefined;
  put(query: string, page: ShelvedPage<T>): void;
  clear(query: string): void;
};
