/** Keys remembered at once; the oldest is forgotten first, so that an attacker cannot fill the memory. */
const maxKeys = 10_000;

/** Counts failures per key in a window of time. */
export class AttemptLimiter {
  readonly #failures = new Map<string, { count: number; until: number }>();
  readonly #limit: number;
  readonly #windowMs: number;

  /** At most `limit` failures per key in each window of `windowMs` milliseconds. */
  constructor(limit: number, windowMs: number) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /** Seconds until the key may try again; 0 when it may now. */
  waitSeconds(key: string, now: number): number {
    const entry = this.#failures.get(key);
    if (!entry || entry.until <= now || entry.count < this.#limit) return 0;
    return Math.ceil((entry.until - now) / 1000);
  }

  /** Counts an attempt before its outcome is known, so that attempts made at the same time count too. */
  count(key: string, now: number): void {
    const entry = this.#failures.get(key);
    const current = entry && entry.until > now ? entry : { count: 0, until: now + this.#windowMs };
    this.#failures.delete(key);
    this.#failures.set(key, { ...current, count: current.count + 1 });
    const oldest = this.#failures.keys().next().value;
    if (this.#failures.size > maxKeys && oldest !== undefined) this.#failures.delete(oldest);
  }

  /** Takes back one attempt that was counted and then succeeded. */
  uncount(key: string): void {
    const entry = this.#failures.get(key);
    if (entry) this.#failures.set(key, { ...entry, count: Math.max(0, entry.count - 1) });
  }

  /** Forgets the failures of a key that succeeded. */
  forget(key: string): void {
    this.#failures.delete(key);
  }
}
