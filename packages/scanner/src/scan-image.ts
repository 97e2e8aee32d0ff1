import type { Inventory } from '@plimsoll/contracts';
import type { LayerCache } from './cache/layer-cache.ts';
import type { ImageSource } from './image-source.ts';
import type { LayerReaders } from './layers/layer-readers.ts';
import type { LayerLimits } from './limits.ts';
import { ScannerError } from './scanner-error.ts';

/** How an image is scanned. */
export type ScanOptions = {
  /** Largest sum of the layers' stored sizes, bytes; 2 GiB unless told. */
  readonly maxImageSizeBytes?: number | undefined;
  readonly cache?: LayerCache | undefined;
  /** Threads that read layers, kept between scans; without it a scan starts its own and stops them. */
  readonly readers?: LayerReaders | undefined;
  /** Layers read at once; by default what cores and the memory budget allow. */
  readonly concurrency?: number | undefined;
  /** Memory that reading layers may take, bytes; 128 MiB unless told. */
  readonly memoryBudgetBytes?: number | undefined;
  readonly limits?: Partial<LayerLimits> | undefined;
};

/**
 * Reads one image and tells what is in it. What could not be read is in the inventory's warnings.
 * @throws {ScannerError} when the image cannot be described, is too large, its source fails or the signal aborts.
 */
export async function scanImage(
  source: ImageSource,
  options: ScanOptions,
  signal: AbortSignal,
): Promise<Inventory> {
  await source.describe(signal);
  throw new ScannerError('invalid-image', 'not written yet');
}
