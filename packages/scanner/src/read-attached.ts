import { sbom as sbomAnalyzer } from './analyzers/sbom.ts';
import { analyzerVersions } from './analyzers/index.ts';
import type { LayerCache } from './cache/layer-cache.ts';
import type { AttachedSbom, ImageDescription, ImageSource } from './image-source.ts';
import { decodeLayerFacts, encodeLayerFacts, layerFormat } from './layers/layer-codec.ts';
import type { AttachedDocument } from './inventory/list-sboms.ts';
import type { LayerFacts } from './layers/layer-facts.ts';
import type { LayerReaders } from './layers/layer-readers.ts';
import { tarEnd, tarHead, tarPadding, tarStart } from './layers/tar-entry.ts';
import { defaultLayerLimits } from './limits.ts';
import type { Warning } from './warnings.ts';

/** What was found attached to an image. */
export type AttachedFacts = {
  readonly documents: readonly AttachedDocument[];
  readonly warnings: readonly Warning[];
};

export type AttachedDeps = {
  readonly source: ImageSource;
  readonly readers: LayerReaders;
  readonly cache: LayerCache | undefined;
};

/** The path under which an attached document is shown to the analyzer of SBOMs. */
const path = 'sbom/attached.json';

/**
 * Reads the SBOMs that a source finds attached to an image. Each is put into a tar of its own and read like a layer: in
 * a thread, within the limits of one, from the cache when it is known. What fails is a warning, for none of it is needed.
 */
export async function readAttached(
  deps: AttachedDeps,
  image: ImageDescription,
  cost: { bytesPulled: number },
  signal: AbortSignal,
): Promise<AttachedFacts> {
  const documents: AttachedDocument[] = [];
  const warnings: Warning[] = [];
  try {
    for (const attached of (await deps.source.attachedSboms?.(image, signal)) ?? []) {
      if (attached.sizeBytes > sbomAnalyzer.maxFileBytes) {
        warnings.push(unreadable(`The attached SBOM ${attached.digest} has ${attached.sizeBytes} bytes`));
        continue;
      }
      const found = await readOne(deps, attached, cost, signal);
      const facts = found.files.find(([at]) => at === path)?.[1];
      if (found.warnings.length > 0) {
        warnings.push(unreadable(`The attached SBOM ${attached.digest} cannot be read, or not all of it`));
      }
      if (!facts?.sbom) continue;
      const { source, digest } = attached;
      documents.push({ sbom: { source, digest, ...facts.sbom }, facts });
    }
  } catch (error) {
    signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    warnings.push(unreadable(`What is attached to the image could not be read: ${why}`.slice(0, 1_000)));
  }
  return { documents, warnings };
}

async function readOne(
  { readers, cache }: AttachedDeps,
  attached: AttachedSbom,
  cost: { bytesPulled: number },
  signal: AbortSignal,
): Promise<LayerFacts> {
  const key = JSON.stringify(['attached', layerFormat, attached.digest, analyzerVersions]);
  const cached = await cache?.read(key);
  const known = cached && (await decodeLayerFacts(cached));
  if (known) return known;
  const limits = { ...defaultLayerLimits };
  const open = () => asTar(attached, cost, signal);
  const facts = await readers.read(open, { sizeBytes: attached.sizeBytes, limits, linked: [] }, signal);
  if (facts.warnings.length === 0) await cache?.write(key, await encodeLayerFacts(facts));
  return facts;
}

async function* asTar(
  attached: AttachedSbom,
  cost: { bytesPulled: number },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { sizeBytes } = attached;
  yield tarStart();
  yield tarHead({ type: 'file', path, target: '', sizeBytes });
  for await (const piece of attached.open(signal)) {
    cost.bytesPulled += piece.length;
    yield piece;
  }
  yield tarPadding(sizeBytes);
  yield tarEnd();
}

function unreadable(message: string): Warning {
  return { code: 'sbom-unreadable', message };
}
