import { analyzerVersions } from './analyzers/index.ts';
import type { LayerCache } from './cache/layer-cache.ts';
import type { ImageSource, LayerDescription } from './image-source.ts';
import { decodeLayerFacts, encodeLayerFacts, layerFormat } from './layers/layer-codec.ts';
import { LayerError } from './layers/layer-error.ts';
import type { LayerFacts, LinkedPath } from './layers/layer-facts.ts';
import { unsupportedReason } from './layers/layer-media-types.ts';
import type { LayerReaders } from './layers/layer-readers.ts';
import { defaultLayerLimits, imageFactsBytes, type LayerLimits } from './limits.ts';
import { ScannerError, sourceError } from './scanner-error.ts';
import type { WarningCode } from './warnings.ts';

export type GatherDeps = {
  readonly source: ImageSource;
  readonly readers: LayerReaders;
  readonly cache: LayerCache | undefined;
  readonly limits: LayerLimits;
};

/** What gathering has cost so far; counted up as layers are read. A layer read for another scan counts as cached. */
export type Cost = { bytesPulled: number; layersRead: number; layersFromCache: number };

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
        size += approximateBytes(found);
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
  if (deps.limits !== defaultLayerLimits) return readWithTargets(deps, layer, linked, cost, signal);
  const key = cacheKey(layer, linked);
  const { value, isShared } = await deps.readers.flights.run(
    key,
    () => fromCacheOrRead(deps, key, layer, linked, cost, signal),
    signal,
  );
  if (isShared) cost.layersFromCache += 1;
  return value;
}

async function fromCacheOrRead(
  deps: GatherDeps,
  key: string,
  layer: LayerDescription,
  linked: readonly LinkedPath[],
  cost: Cost,
  signal: AbortSignal,
): Promise<LayerFacts> {
  const cached = await deps.cache?.read(key);
  const known = cached && (await decodeLayerFacts(cached));
  if (known) {
    cost.layersFromCache += 1;
    return known;
  }
  const facts = await readWithTargets(deps, layer, linked, cost, signal);
  const isComplete = !facts.warnings.some(({ code }) => code === 'layer-out-of-memory');
  if (deps.cache && isComplete) await deps.cache.write(key, await encodeLayerFacts(facts));
  return facts;
}

/** Hard links to files outside the known places are rare; then the layer is read once more, with those known. */
async function readWithTargets(
  deps: GatherDeps,
  layer: LayerDescription,
  linked: readonly LinkedPath[],
  cost: Cost,
  signal: AbortSignal,
): Promise<LayerFacts> {
  const found = await readOnce(deps, layer, linked, cost, signal);
  return found.missedTargets.length > 0
    ? readOnce(deps, layer, [...linked, ...found.missedTargets], cost, signal)
    : found;
}

async function readOnce(
  { source, readers, limits }: GatherDeps,
  layer: LayerDescription,
  linked: readonly LinkedPath[],
  cost: Cost,
  signal: AbortSignal,
): Promise<LayerFacts> {
  try {
    const open = () => counted(source, layer, cost, signal);
    const facts = await readers.read(open, { sizeBytes: layer.sizeBytes, limits, linked }, signal);
    cost.layersRead += 1;
    return facts;
  } catch (error) {
    if (error instanceof LayerError) return nothing(error.code, error.message);
    throw error;
  }
}

/** The blob of a layer, counted; it is opened when its first bytes are asked for. */
async function* counted(
  source: ImageSource,
  layer: LayerDescription,
  cost: Cost,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { digest, sizeBytes } = layer;
  let pulled = 0;
  try {
    for await (const chunk of source.openLayer(layer, signal)) {
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

function cacheKey({ digest }: LayerDescription, linked: readonly LinkedPath[]): string {
  return JSON.stringify([layerFormat, digest, analyzerVersions, linked]);
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

/** Paths and packages at their usual length: exact enough to stop what adds up to gigabytes. */
function approximateBytes({ files, whiteouts, opaqueFolders, nonFolders }: LayerFacts): number {
  const packages = files.reduce((sum, [, file]) => sum + (file.packages?.length ?? 0), 0);
  return (files.length + packages + whiteouts.length + opaqueFolders.length) * 300 + nonFolders.byteLength;
}
