/**
 * Values used last, ready for use, within a budget of memory; the one that was not used longest goes first. No value
 * may take more than half of it.
 */
export class Recent<T> {
  readonly #maxBytes: number;
  readonly #sizeOf: (value: T) => number;
  /** In the order of their last use, the latest at the end. */
  readonly #entries = new Map<string, { readonly value: T; readonly bytes: number }>();
  #bytes = 0;

  /** @param sizeOf memory that a value takes, bytes by estimate */
  constructor(maxBytes: number, sizeOf: (value: T) => number) {
    this.#maxBytes = maxBytes;
    this.#sizeOf = sizeOf;
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  add(key: string, value: T): void {
    this.#remove(key);
    const entry = { value, bytes: this.#sizeOf(value) };
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
