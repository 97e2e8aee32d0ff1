import type { Advisory } from '@plimsoll/contracts';
import type { EpssScore, ExploitedVulnerability, VexDocument } from './enrichment.ts';

/** A record that was left out, and why. */
export type Fault = { readonly name: string; readonly reason: string };

/** One record of a feed, or why it was left out. Documents are JSON as received. */
export type FeedItem =
  | {
      readonly advisory: Advisory;
      readonly document: Uint8Array;
      /** The document as raw DEFLATE (RFC 1951), where its source had it so. */
      readonly deflated?: Uint8Array | undefined;
    }
  | { readonly epss: EpssScore }
  | { readonly exploited: ExploitedVulnerability }
  | { readonly vex: VexDocument; readonly document: Uint8Array }
  | { readonly fault: Fault };

/** What the records of a feed are about. */
export type FeedKind = 'advisories' | 'epss' | 'exploited' | 'vex';

/** A file on this machine, perhaps fetched from elsewhere; gzip is seen through. */
export type FeedFile = {
  readonly path: string;
  /** Its name where it came from, without `.gz`. */
  readonly name: string;
  /** Its first bytes as text. */
  readonly head: string;
  readonly isGzip: boolean;
  /** Its contents where they are in memory; `path` is not read then. */
  readonly bytes?: Buffer | undefined;
};

/** A format that advisories, or what goes with them, are published in. */
export type Feed = {
  readonly id: string;
  readonly kind: FeedKind;
  /** Tells by its name and first bytes whether a file is of this format. */
  recognizes(file: FeedFile): boolean;
  /** Reads it record by record. @throws {AdvisoriesError} when it cannot be read (any further). */
  read(file: FeedFile, signal?: AbortSignal): AsyncIterable<FeedItem>;
};

/** What is known of a part from the last time that it was read to its end. */
export type Known = {
  /** Tells this state of the source from others: what `Reading.validator` was. */
  readonly validator?: string | undefined;
  /** The newest instant of modification among its records that is not in the future. */
  readonly newestModified?: Date | undefined;
  /** When it was last read as a whole. */
  readonly completeAt?: Date | undefined;
  /** Leaves out records that are stored as they were at that instant, so that they are not fetched again. */
  readonly unknownOf?: ((records: readonly RecordVersion[]) => Promise<readonly string[]>) | undefined;
};

/** An advisory's id, and when it was last modified, ISO 8601. */
export type RecordVersion = { readonly id: string; readonly modified: string };

/** A part that was opened to be read once. Dispose of it afterwards: it may have a temporary file. */
export type Reading = AsyncDisposable & {
  /** The id of the feed that its format is of. */
  readonly feed: string;
  readonly kind: FeedKind;
  /** `all`: what it does not hold any more is withdrawn. `nothing`: it is as it was when `Known` was noted. */
  readonly extent: 'all' | 'some' | 'nothing';
  readonly validator?: string | undefined;
  /** @throws {AdvisoriesError} when it cannot be read (any further). */
  readonly items: AsyncIterable<FeedItem>;
};

/** What is imported, counted and reported on its own: one ecosystem of a set of dumps, or one file. */
export type FeedPart = {
  /** The folder's name in the data set (Debian, npm ..), of other files their name. */
  readonly ecosystem: string;
  /** Where it is read from, for people. */
  readonly source: string;
  /** It is the dump of an ecosystem, which decides about the packages of that one only. */
  readonly isDump: boolean;
  /** Gets ready to read what is new since the state that is known; all of it when none is. */
  open(known?: Known, signal?: AbortSignal): Promise<Reading>;
};

export type FeedOptions = {
  /** Only these ecosystems of a set of dumps. */
  readonly ecosystems?: readonly string[] | undefined;
  /** Where downloads go while they are read; the system's temporary folder unless told. */
  readonly temporaryFolder?: string | undefined;
  readonly now?: (() => Date) | undefined;
  /** Sent to GitHub's REST API, which answers more often then. */
  readonly githubToken?: { reveal(): string } | undefined;
};
