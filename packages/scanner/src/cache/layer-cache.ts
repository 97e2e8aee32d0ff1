import type { Inventory } from '@plimsoll/contracts';
import type { LayerFacts } from '../layers/layer-facts.ts';
import type { Recent } from './recent.ts';

/** What a scan found in an image, apart from what the scan cost. */
export type KnownImage = {
  readonly inventory: Omit<Inventory, 'cost'>;
  /** What documents were attached to the image at that time. */
  readonly attached: string;
  /** Layers that were read, or known. */
  readonly layers: number;
};

/**
 * Keeps what was found in layers, so that a layer shared by many images is read once. Keys are opaque; values are
 * facts, never files. A cache may forget anything at any time and never fails a scan.
 */
export interface LayerCache {
  /** Facts that were read or written last, decoded: decoding those of a base for each image on it takes longest of all. */
  readonly recent: Recent<LayerFacts>;
  /** The images scanned last: putting the layers of one on top of each other again takes longest of all. */
  readonly images: Recent<KnownImage>;
  read(key: string): Promise<Uint8Array | undefined>;
  write(key: string, value: Uint8Array): Promise<void>;
}
