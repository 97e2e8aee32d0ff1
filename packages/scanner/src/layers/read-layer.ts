import { analyzers, binaryAnalyzers } from '../analyzers/index.ts';
import type { LayerLimits } from '../limits.ts';
import { openEngine, type Engine } from './decompress.ts';
import type { LayerFacts, LinkedPath } from './layer-facts.ts';
import { FactsCollector } from './facts-collector.ts';
import { LayerError } from './layer-error.ts';
import { TarWalker } from './tar-walker.ts';

/** What there is to know about a layer before it is read. Plain data: it travels to worker threads. */
export type LayerTask = {
  readonly sizeBytes: number;
  readonly limits: LayerLimits;
  /** Places outside the known ones that links lead to; empty on the first reading. */
  readonly linked: readonly LinkedPath[];
};

/**
 * Reads one layer from its stored bytes: decompresses, walks the tar, shows the analyzers what they want. Always
 * takes the stream to its end, for only there its digest is known to be right. What cannot be read is a warning.
 */
export async function readLayer(chunks: AsyncIterable<Uint8Array>, task: LayerTask): Promise<LayerFacts> {
  const collector = new FactsCollector(analyzers, { ...task, binaryAnalyzers });
  const reader = new LayerReader(collector, task);
  try {
    for await (const chunk of chunks) await reader.write(chunk);
    await reader.end();
  } finally {
    reader.close();
  }
  return collector.facts();
}

/** Magic numbers are shorter than this; the first bytes are gathered until there are as many. */
const headBytes = 4;

class LayerReader {
  readonly #collector: FactsCollector;
  readonly #walker: TarWalker;
  readonly #plainBytesLimit: number;
  #engine: Engine | undefined;
  #head: Uint8Array = new Uint8Array();
  #plainBytes = 0;
  #isDone = false;

  constructor(collector: FactsCollector, { sizeBytes, limits }: LayerTask) {
    this.#collector = collector;
    this.#walker = new TarWalker(collector);
    const byRatio = Math.max(limits.plainBytesAlways, sizeBytes * limits.plainRatio);
    this.#plainBytesLimit = Math.min(limits.plainBytes, byRatio);
  }

  write(chunk: Uint8Array): Promise<void> {
    return this.#step(async () => {
      let stored = chunk;
      if (!this.#engine) {
        stored = this.#head = Buffer.concat([this.#head, chunk]);
        if (stored.length < headBytes) return;
        this.#engine = openEngine(stored);
      }
      await this.#walk(this.#engine.write(stored));
    });
  }

  async end(): Promise<void> {
    await this.#step(async () => {
      if (!this.#engine && this.#head.length === 0) return;
      // Fewer bytes than a magic number: no compression, and no tar either.
      if (!this.#engine) await this.#walk([this.#head]);
      else await this.#walk(this.#engine.end());
      this.#walker.end();
    });
  }

  close(): void {
    this.#engine?.close();
  }

  async #walk(pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    if (Symbol.iterator in pieces) {
      for (const piece of pieces) if (this.#take(piece)) return;
    } else {
      for await (const piece of pieces) if (this.#take(piece)) return;
    }
  }

  /** Answers whether the archive's end was reached. */
  #take(piece: Uint8Array): boolean {
    this.#plainBytes += piece.length;
    this.#walker.write(piece);
    if (this.#walker.isFinished) {
      this.#isDone = true;
    } else if (this.#plainBytes > this.#plainBytesLimit) {
      throw new LayerError(
        'layer-too-large',
        `The layer unpacks to more than ${this.#plainBytesLimit} bytes`,
      );
    }
    return this.#isDone;
  }

  /** Runs a step unless reading is over; an error of the layer ends it and is kept as its warning. */
  async #step(run: () => Promise<void>): Promise<void> {
    if (this.#isDone) return;
    try {
      await run();
    } catch (error) {
      if (!(error instanceof LayerError)) throw error;
      this.#isDone = true;
      this.#collector.warn({ code: error.code, message: error.message });
    }
  }
}
