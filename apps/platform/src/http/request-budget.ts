/** Callers remembered at once; the one that was quiet for longest is forgotten first. */
const maxCallers = 10_000;

/** How many requests each caller may make: so many a minute, saved up for at most a minute. */
export class RequestBudget {
  readonly #perMinute: number;
  /** What is left of each caller's budget, as of when. */
  readonly #left = new Map<string, { requests: number; at: number }>();

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /**
   * Takes one request from a caller's budget.
   * @param now milliseconds, on any clock that does not go back.
   * @returns seconds until the caller has one again; 0 when it had one.
   */
  take(caller: string, now: number): number {
    const known = this.#left.get(caller);
    const earned = known ? (Math.max(0, now - known.at) * this.#perMinute) / 60_000 : 0;
    const requests = Math.min(this.#perMinute, (known?.requests ?? this.#perMinute) + earned);
    const hasOne = requests >= 1;
    this.#left.delete(caller);
    this.#left.set(caller, { requests: hasOne ? requests - 1 : requests, at: now });
    const oldest = this.#left.keys().next().value;
    if (this.#left.size > maxCallers && oldest !== undefined) this.#left.delete(oldest);
    return hasOne ? 0 : Math.ceil(((1 - requests) * 60) / this.#perMinute);
  }
}
