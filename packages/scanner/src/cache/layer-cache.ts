import type { RecentFacts } from './recent-facts.ts';

/**
 * Keeps what was found in layers, so that a layer shared by many images is read once. Keys are opaque; values are
 * facts, never files. A cache may forget anything at any time and never fails a scan.
 */
export interface LayerCache {
  /** What was read or written last, decoded. */
  readonly recent: RecentFacts;
  read(key: string): Promise<Uint8Array | undefined>;
  write(key: string, value: Uint8Array): Promise<void>;
}
