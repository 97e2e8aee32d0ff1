import { availableParallelism } from 'node:os';
import { SingleFlight } from '../cache/single-flight.ts';
import type { Lend } from '../image-source.ts';
import type { LayerFacts } from './layer-facts.ts';
import { LayerThread } from './layer-thread.ts';
import type { LayerTask } from './read-layer.ts';

/** Memory that one reading thread takes with an ordinary layer, bytes: its heap, window, blocks and one body. */
const threadBytes = 64 * 1024 * 1024;

/** Two threads unless told: a scan then stays below 200 MB. */
const defaultMemoryBudgetBytes = 2 * threadBytes;

export type LayerReadersOptions = {
  readonly threads?: number | undefined;
  readonly memoryBudgetBytes?: number | undefined;
  readonly heapMebibytes?: number | undefined;
};

/** Heap of a thread, MiB: what hostile JSON of the largest accepted size takes, and some. */
const defaultHeapMebibytes = 256;

/** Threads that read layers; opened once, used by many scans, closed at the end of the process. */
export class LayerReaders {
  /** The layers being read for any scan, so that two scans do not read the same one side by side. */
  readonly flights = new SingleFlight<LayerFacts>();
  readonly #limit: number;
  readonly #heapMebibytes: number;
  readonly #idle: LayerThread[] = [];
  readonly #all = new Set<LayerThread>();
  #waiting: (() => void)[] = [];
  #busy = 0;

  /**
   * @param options.threads how many layers may be read at once; by default what cores and the memory budget allow
   * @param options.memoryBudgetBytes memory that reading ordinary layers may take, bytes
   * @param options.heapMebibytes heap of each thread; a layer that needs more is given up
   */
  constructor(options: LayerReadersOptions = {}) {
    const budget = options.memoryBudgetBytes ?? defaultMemoryBudgetBytes;
    const byBudget = Math.max(1, Math.floor(budget / threadBytes));
    this.#heapMebibytes = options.heapMebibytes ?? defaultHeapMebibytes;
    this.#limit = Math.max(1, options.threads ?? Math.min(availableParallelism(), byBudget));
  }

  /** Starts all threads now, so that the first layers need not wait until the threads have loaded their program. */
  start(): void {
    while (this.#all.size < this.#limit) this.#idle.push(this.#start());
  }

  /** Reads a layer in a thread as soon as one is free; only then is the layer opened, with memory that the thread lends. */
  async read(
    open: (lend: Lend) => AsyncIterable<Uint8Array>,
    task: LayerTask,
    signal: AbortSignal,
  ): Promise<LayerFacts> {
    // Whoever is woken finds another one in its place now and then, hence the loop.
    while (this.#busy >= this.#limit) await this.#turn(signal);
    this.#busy += 1;
    const thread = this.#idle.pop() ?? this.#start();
    try {
      return await thread.read(open, task, signal);
    } finally {
      if (thread.isAlive) this.#idle.push(thread);
      else this.#all.delete(thread);
      this.#busy -= 1;
      this.#waiting.shift()?.();
    }
  }

  /** Ends all threads, also those in the middle of a layer. */
  async close(): Promise<void> {
    await Promise.all([...this.#all].map((thread) => thread.close()));
    this.#all.clear();
    this.#idle.length = 0;
  }

  async #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const turn = Promise.withResolvers<void>();
    const onAbort = () => {
      // Who does not wait any more must not be woken in another's place.
      this.#waiting = this.#waiting.filter((waiting) => waiting !== turn.resolve);
      turn.reject(signal.reason);
    };
    this.#waiting.push(turn.resolve);
    signal.addEventListener('abort', onAbort, { once: true });
    await turn.promise.finally(() => signal.removeEventListener('abort', onAbort));
  }

  #start(): LayerThread {
    const thread = new LayerThread(this.#heapMebibytes);
    this.#all.add(thread);
    return thread;
  }
}
