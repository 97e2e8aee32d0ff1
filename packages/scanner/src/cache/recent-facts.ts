import type { LayerFacts } from '../layers/layer-facts.ts';

/** Memory that the facts of recent layers may take, bytes by estimate: those of a dozen bases. */
const defaultMaxBytes = 16 * 1024 * 1024;

/**
 * Facts of the layers used last, ready for use: decoding those of a base again for each of a hundred images on it costs
 * more than all else that is done for such an image.
 */
export class RecentFacts {
  readonly #maxBytes: number;
  /** In the order of their last use, the latest at the end. */
  readonly #entries = new Map<string, { readonly facts: LayerFacts; readonly bytes: number }>();
  #bytes = 0;

  constructor(maxBytes = defaultMaxBytes) {
    this.#maxBytes = maxBytes;
  }

  get(key: string): LayerFacts | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.facts;
  }

  /** Keeps facts, in the place of those that were not used longest. */
  add(key: string, facts: LayerFacts): void {
    this.#remove(key);
    const entry = { facts, bytes: heldBytes(facts) };
    if (entry.bytes > this.#maxBytes / 2) return;
    this.#entries.set(key, entry);
    this.#bytes += entry.bytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#remove(oldest);
    }
  }

  #remove(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }
}

/** Paths and packages at their usual length. */
export function heldBytes({ files, whiteouts, opaqueFolders, nonFolders }: LayerFacts): number {
  let packages = 0;
  let owned = 0;
  for (const [, file] of files) {
    packages += file.packages?.length ?? 0;
    for (const { paths } of file.owns ?? []) owned += paths.length;
  }
  const texts = files.length + packages + whiteouts.length + opaqueFolders.length;
  return texts * 300 + owned * 100 + nonFolders.byteLength;
}
