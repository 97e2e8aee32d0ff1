import { inventoryLimits, type Inventory } from '@plimsoll/contracts';
import { analyzers } from './analyzers/index.ts';
import type { LayerCache } from './cache/layer-cache.ts';
import { gatherFacts, type Cost, type GatherDeps } from './gather-facts.ts';
import type { ImageDescription, ImageSource } from './image-source.ts';
import { buildInventory, type ImageFacts } from './inventory/build-inventory.ts';
import type { LinkedPath } from './layers/layer-facts.ts';
import { RemovedPackages } from './inventory/removed-packages.ts';
import { LayerReaders } from './layers/layer-readers.ts';
import { defaultLayerLimits, defaultMaxImageSizeBytes, type LayerLimits } from './limits.ts';
import { followLinks } from './merge/follow-links.ts';
import { mergeLayers } from './merge/merge-layers.ts';
import { readAttached, type AttachedFacts } from './read-attached.ts';
import { ScannerError, sourceError } from './scanner-error.ts';

/** Most layers of an image: what an inventory lists. overlayfs mounts 500 at most, docker 127. */
const maxLayers = inventoryLimits.layers;

/** How an image is scanned. */
export type ScanOptions = {
  /** Largest sum of the layers' stored sizes, bytes; 2 GiB unless told. */
  readonly maxImageSizeBytes?: number | undefined;
  readonly cache?: LayerCache | undefined;
  /** Threads that read layers, kept between scans; without it a scan starts its own and stops them. */
  readonly readers?: LayerReaders | undefined;
  /** Layers read at once when there are no `readers`; by default what cores and the memory budget allow. */
  readonly concurrency?: number | undefined;
  /** Memory that reading layers may take when there are no `readers`, bytes; 128 MiB unless told. */
  readonly memoryBudgetBytes?: number | undefined;
  readonly limits?: Partial<LayerLimits> | undefined;
  /**
   * Whether a layer that offers a table of contents is read by it: only what analyzers want is fetched, and the layer's
   * own digest is not computed. True unless told.
   */
  readonly byContents?: boolean | undefined;
  /** Whether to ask the source for SBOMs that are attached to the image. True unless told. */
  readonly attachedSboms?: boolean | undefined;
  /** Whether to list packages of lower layers too that a later layer deleted or replaced, marked by `removedIn`. */
  readonly allLayers?: boolean | undefined;
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
  const started = performance.now();
  const ownReaders = options.readers
    ? undefined
    : new LayerReaders({ threads: options.concurrency, memoryBudgetBytes: options.memoryBudgetBytes });
  // When one part fails, the others need not be read to their ends.
  const ended = new AbortController();
  try {
    signal.throwIfAborted();
    const image = await source.describe(signal).catch((error: unknown) => {
      throw sourceError(error, 'The image could not be described by its source');
    });
    refuseUnfit(image, options.maxImageSizeBytes ?? defaultMaxImageSizeBytes);
    const deps: GatherDeps = {
      source,
      readers: options.readers ?? ownReaders!,
      cache: options.cache,
      byContents: options.byContents ?? true,
      limits: options.limits ? { ...defaultLayerLimits, ...options.limits } : defaultLayerLimits,
      writes: [],
    };
    const cost: Cost = { bytesPulled: 0, bytesAvoided: 0, layersRead: 0, layersFromCache: 0 };
    const found = await readParts(deps, image, cost, options, AbortSignal.any([signal, ended.signal]));
    return { ...found, cost: { ...cost, durationMs: performance.now() - started } };
  } catch (error) {
    if (signal.aborted) throw new ScannerError('cancelled', 'The scan was cancelled', { cause: error });
    throw error;
  } finally {
    ended.abort(new ScannerError('cancelled', 'The scan has ended'));
    await ownReaders?.close();
  }
}

/** Reads the layers of an image, and beside them what is attached to it; an image that has not changed is known. */
async function readParts(
  deps: GatherDeps,
  image: ImageDescription,
  cost: Cost,
  options: ScanOptions,
  signal: AbortSignal,
): Promise<Omit<Inventory, 'cost'>> {
  const wantsAttached = options.attachedSboms !== false;
  const attaching = wantsAttached ? readAttached(deps, image, cost, signal) : Promise.resolve(undefined);
  // Awaited below; until then a failure is not unhandled.
  attaching.catch(() => {});
  const images = options.limits ? undefined : deps.cache?.images;
  const key = imageKey(image, options);
  const known = images?.get(key);
  if (known && known.attached === attachedKey(await attaching)) {
    cost.layersFromCache += known.layers;
    return known.inventory;
  }
  const facts = await readLayers(deps, image, cost, options.allLayers === true, signal);
  const attached = await attaching;
  const inventory = buildInventory(image, { ...facts, attached });
  await Promise.all(deps.writes);
  if (isLasting(inventory)) {
    images?.add(key, {
      inventory,
      attached: attachedKey(attached),
      layers: cost.layersRead + cost.layersFromCache,
    });
  }
  return inventory;
}

/** What decides about an inventory, but for what is attached to the image. */
function imageKey({ digest, platform, layers }: ImageDescription, options: ScanOptions): string {
  const { allLayers = false, byContents = true } = options;
  return JSON.stringify([digest, platform, layers, allLayers, byContents]);
}

function attachedKey(attached: AttachedFacts | undefined): string {
  const { documents = [], warnings = [] } = attached ?? {};
  return JSON.stringify([documents.map(({ sbom }) => [sbom.source, sbom.digest]), warnings]);
}

/** What failed for want of memory or of an answer may succeed the next time. */
function isLasting({ warnings }: Pick<Inventory, 'warnings'>): boolean {
  return !warnings.some(({ code }) => code === 'layer-out-of-memory' || code === 'sbom-unreadable');
}

/** Reads all layers and merges them; once more, when links of the result lead to places that were not read. */
async function readLayers(
  deps: GatherDeps,
  image: ImageDescription,
  cost: Cost,
  allLayers: boolean,
  signal: AbortSignal,
): Promise<ImageFacts> {
  const read = async (linked: readonly LinkedPath[]) => {
    const facts = await gatherFacts(deps, image.layers, linked, cost, signal);
    const layers = image.layers.map(({ digest }) => facts.get(digest)!);
    const removed = allLayers ? new RemovedPackages() : undefined;
    const tree = await mergeLayers(layers, signal, (merged, layer) => removed?.observe(merged, layer));
    return { layers, tree, removed };
  };
  const first = await read([]);
  const { linked, circular } = followLinks(first.tree, analyzers);
  if (linked.length === 0) return { ...first, deadLinks: circular };
  const second = await read(linked);
  const deadLinks = linked.filter(({ path }) => second.tree.entriesBelow(path).next().done === true);
  return { ...second, deadLinks: [...circular, ...deadLinks.map(({ as }) => as)] };
}

function refuseUnfit({ digest, layers }: ImageDescription, maxImageSizeBytes: number): void {
  const sizeBytes = layers.reduce((sum, layer) => sum + layer.sizeBytes, 0);
  if (sizeBytes > maxImageSizeBytes) {
    const message = `The layers of ${digest} have ${sizeBytes} bytes, more than the ${maxImageSizeBytes} allowed`;
    throw new ScannerError('too-large', message);
  }
  if (layers.length > maxLayers) {
    throw new ScannerError('invalid-image', `${digest} has ${layers.length} layers, more than ${maxLayers}`);
  }
}
