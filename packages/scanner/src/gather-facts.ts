import { analyzerVersions } from './analyzers/index.ts';
import type { LayerCache } from './cache/layer-cache.ts';
import { heldBytes } from './cache/held-bytes.ts';
import { contentsClaim, type ContentsClaim } from './contents/contents-claim.ts';
import { partialLayer } from './contents/partial-layer.ts';
import type { ReadRange } from './contents/read-contents.ts';
import type { ImageSource, LayerDescription, Lend } from './image-source.ts';
import { decodeLayerFacts, encodeLayerFacts, layerFormat } from './layers/layer-codec.ts';
import { LayerError } from './layers/layer-error.ts';
import type { LayerFacts, LinkedPath } from './layers/layer-facts.ts';
import { unsupportedReason } from './layers/layer-media-types.ts';
import type { LayerReaders } from './layers/layer-readers.ts';
import type { LayerTask } from './layers/read-layer.ts';
import { defaultLayerLimits, imageFactsBytes, type LayerLimits } from './limits.ts';
import { ScannerError, sourceError } from './scanner-error.ts';
import type { WarningCode } from './warnings.ts';

/** Smaller layers are through before three requests would be. */
const smallestByContents = 1024 * 1024;

export type GatherDeps = {
  readonly source: ImageSource;
  readonly readers: LayerReaders;
  readonly cache: LayerCache | undefined;
  readonly limits: LayerLimits;
  /** Whether to read layers by their tables of contents. */
  readonly byContents: boolean;
  /** What is being written into the cache meanwhile; never fails. */
  readonly writes: Promise<void>[];
};

/** What gathering has cost so far; counted up as layers are read. A layer read for another scan counts as cached. */
export type Cost = {
  bytesPulled: number;
  bytesAvoided: number;
  layersRead: number;
  layersFromCache: number;
};

/** Facts, and whether they stand on the layer's table of contents instead of on its digest. */
type Reading = { readonly facts: LayerFacts; readonly isByContents: boolean };

/**
 * Gets the facts of layers, each distinct one once, from the cache or by reading it; the largest are read first, for
 * they decide how long it takes all in all. Answers by digest.
 */
export async function gatherFacts(
  deps: GatherDeps,
  layers: readonly LayerDescription[],
  linked: readonly LinkedPath[],
  cost: Cost,
  signal: AbortSignal,
): Promise<Map<string, LayerFacts>> {
  const distinct = new Map(layers.map((layer) => [layer.digest, layer]));
  const largestFirst = [...distinct.values()].toSorted((a, b) => b.sizeBytes - a.sizeBytes);
  const facts = new Map<string, LayerFacts>();
  // When one layer fails, the others need not be read to their ends.
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  let size = 0;
  const results = await Promise.allSettled(
    largestFirst.map(async (layer) => {
      try {
        const found = await oneLayer(deps, layer, linked, cost, either);
        size += heldBytes(found);
        facts.set(layer.digest, size > imageFactsBytes ? tooMuch(found) : found);
      } catch (error) {
        failure.abort(error);
        throw error;
      }
    }),
  );
  signal.throwIfAborted();
  if (results.some(({ status }) => status === 'rejected')) throw failure.signal.reason;
  return facts;
}

async function oneLayer(
  deps: GatherDeps,
  layer: LayerDescription,
  linked: readonly LinkedPath[],
  cost: Cost,
  signal: AbortSignal,
): Promise<LayerFacts> {
  const unsupported = unsupportedReason(layer.mediaType);
  if (unsupported) return nothing('layer-unsupported', unsupported);
  // Other limits give other answers; such a scan keeps to itself.
  if (deps.limits !== defaultLayerLimits) {
    return (await readWithTargets(deps, layer, linked, cost, signal)).facts;
  }
  const { value, isShared } = await deps.readers.flights.run(
    cacheKey(layer, linked, claimOf(deps, layer)),
    () => fromCacheOrRead(deps, layer, linked, cost, signal),
    signal,
  );
  if (isShared) cost.layersFromCache += 1;
  return value;
}

async function fromCacheOrRead(
  deps: GatherDeps,
  layer: LayerDescription,
  linked: readonly LinkedPath[],
  cost: Cost,
  signal: AbortSignal,
): Promise<LayerFacts> {
  const key = cacheKey(layer, linked);
  // Facts by a table of contents are as true as the manifest that names the table: they are kept apart, for an image
  // that shares the layer and not that claim must not be told them.
  const claim = claimOf(deps, layer);
  const keyByContents = cacheKey(layer, linked, claim);
  const { cache } = deps;
  for (const one of new Set([key, keyByContents])) {
    const known = cache && (cache.recent.get(one) ?? (await fromCache(cache, one)));
    if (!known) continue;
    cost.layersFromCache += 1;
    cache.recent.add(one, known);
    return known;
  }
  const { facts, isByContents } = await readWithTargets(deps, layer, linked, cost, signal);
  const isComplete = !facts.warnings.some(({ code }) => code === 'layer-out-of-memory');
  if (cache && isComplete) {
    const read = isByContents ? keyByContents : key;
    cache.recent.add(read, facts);
    deps.writes.push(encodeLayerFacts(facts).then((bytes) => cache.write(read, bytes)));
  }
  return facts;
}

async function fromCache(cache: LayerCache, key: string): Promise<LayerFacts | undefined> {
  const bytes = await cache.read(key);
  return bytes && decodeLayerFacts(bytes);
}

/** Hard links to files outside the known places are rare; then the layer is read once more, with those known. */
async function readWithTargets(
  deps: GatherDeps,
  layer: LayerDescription,
  linked: readonly LinkedPath[],
  cost: Cost,
  signal: AbortSignal,
): Promise<Reading> {
  const found = await readOnce(deps, layer, linked, cost, signal);
  const { missedTargets } = found.facts;
  return missedTargets.length > 0
    ? readOnce(deps, layer, [...linked, ...missedTargets], cost, signal)
    : found;
}

async function readOnce(
  deps: GatherDeps,
  layer: LayerDescription,
  linked: readonly LinkedPath[],
  cost: Cost,
  signal: AbortSignal,
): Promise<Reading> {
  const task = { sizeBytes: layer.sizeBytes, limits: deps.limits, linked };
  const byContents = await readByContents(deps, layer, task, cost, signal);
  if (byContents) return { facts: byContents, isByContents: true };
  try {
    const open = (lend: Lend) => counted(deps.source, layer, cost, lend, signal);
    const facts = await deps.readers.read(open, task, signal);
    cost.layersRead += 1;
    return { facts, isByContents: false };
  } catch (error) {
    if (error instanceof LayerError)
      return { facts: nothing(error.code, error.message), isByContents: false };
    throw error;
  }
}

/** Reads a layer by its table of contents; undefined when there is none, or anything about it is doubtful. */
async function readByContents(
  deps: GatherDeps,
  layer: LayerDescription,
  task: LayerTask,
  cost: Cost,
  signal: AbortSignal,
): Promise<LayerFacts | undefined> {
  const claim = claimOf(deps, layer);
  if (!claim) return undefined;
  let pulled = 0;
  const readRange: ReadRange = async function* (start, end) {
    for await (const piece of deps.source.openRange?.(layer, { start, end }, signal) ?? []) {
      pulled += piece.length;
      cost.bytesPulled += piece.length;
      yield piece;
    }
  };
  try {
    const facts = await deps.readers.read(() => partialLayer(claim, task, readRange, signal), task, signal);
    if (facts.warnings.some(({ code }) => code.startsWith('layer-'))) return undefined;
    cost.layersRead += 1;
    cost.bytesAvoided += Math.max(0, layer.sizeBytes - pulled);
    return facts;
  } catch {
    // Whatever it was, reading the whole layer tells, and fails with the right words if it fails, too.
    signal.throwIfAborted();
    return undefined;
  }
}

/** The table of contents by which a layer is to be read. */
function claimOf({ source, byContents }: GatherDeps, layer: LayerDescription): ContentsClaim | undefined {
  const isWorthIt = byContents && source.openRange !== undefined && layer.sizeBytes >= smallestByContents;
  return isWorthIt ? contentsClaim(layer) : undefined;
}

/** The blob of a layer, counted; it is opened when its first bytes are asked for. */
async function* counted(
  source: ImageSource,
  layer: LayerDescription,
  cost: Cost,
  lend: Lend,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { digest, sizeBytes } = layer;
  let pulled = 0;
  try {
    for await (const chunk of source.openLayer(layer, signal, lend)) {
      signal.throwIfAborted();
      pulled += chunk.length;
      cost.bytesPulled += chunk.length;
      if (pulled > sizeBytes) {
        throw new ScannerError('invalid-image', `Layer ${digest} is larger than its manifest says`);
      }
      yield chunk;
    }
  } catch (error) {
    throw sourceError(error, `Layer ${digest} could not be read from its source`);
  }
}

function cacheKey(
  { digest }: LayerDescription,
  linked: readonly LinkedPath[],
  claim?: ContentsClaim,
): string {
  return JSON.stringify([layerFormat, digest, analyzerVersions, linked, ...(claim ? [claim] : [])]);
}

function nothing(code: WarningCode, message: string): LayerFacts {
  return {
    files: [],
    whiteouts: [],
    opaqueFolders: [],
    nonFolders: new Float64Array(),
    missedTargets: [],
    warnings: [{ code, message }],
  };
}

function tooMuch({ warnings }: LayerFacts): LayerFacts {
  const empty = nothing(
    'layer-too-many-facts',
    'The layers of the image name more than is kept of one image',
  );
  return { ...empty, warnings: [...warnings, ...empty.warnings] };
}
