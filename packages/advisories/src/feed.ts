import type { Advisory } from '@plimsoll/contracts';

/** One record of a feed: an advisory with the document it was read from, or why it was left out. */
export type FeedItem =
  | { readonly advisory: Advisory; readonly document: Uint8Array }
  | { readonly fault: { readonly name: string; readonly reason: string } };

/** The part of a feed about one ecosystem: what is imported, counted and reported on its own. */
export type FeedPart = {
  /** The folder's name in the data set: Debian, npm .. */
  readonly ecosystem: string;
  /** Where it is read from, for people. */
  readonly source: string;
  /** It holds all there is: what it does not hold any more is withdrawn. */
  readonly isComplete: boolean;
  /** Reads it record by record. @throws {AdvisoriesError} when it cannot be read (any further). */
  read(signal?: AbortSignal): AsyncIterable<FeedItem>;
};

/** A kind of source of advisories. */
export type Feed = {
  readonly id: string;
  /** Tells whether a location (a path or an address) is one of this feed's. */
  accepts(location: string): boolean;
  /**
   * Lists the parts of a location; those of `ecosystems` only, when given.
   * @throws {AdvisoriesError}
   */
  open(location: string, options: FeedOptions, signal?: AbortSignal): Promise<FeedPart[]>;
};

export type FeedOptions = {
  readonly ecosystems?: readonly string[] | undefined;
  /** Where downloads go while they are read; the system's temporary folder unless told. */
  readonly temporaryFolder?: string | undefined;
};
