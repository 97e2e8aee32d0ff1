/**
 * Adds up the time spent waiting for the registry, and only that: one that trickles cannot hold a scan for ever,
 * and a slow reader of ours is not blamed on it.
 */
export class ReadingClock {
  readonly #limitMs: number;
  #spentMs = 0;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  get isOver(): boolean {
    return this.#spentMs > this.#limitMs;
  }

  async count<T>(waiting: Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await waiting;
    } finally {
      this.#spentMs += performance.now() - started;
    }
  }
}
