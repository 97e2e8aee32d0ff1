/**
 * Lets whoever needs the same thing at the same time wait for the one who came first. The work stays that one's own:
 * it ends with its scan, whose source and credentials it uses, and when it fails another of those who wait does it.
 */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Promise<T>>();

  /** Answers what `work` gives, or what somebody else's gives who was at it already; throws only what is one's own. */
  async run(
    key: string,
    work: () => Promise<T>,
    signal: AbortSignal,
  ): Promise<{ readonly value: T; readonly isShared: boolean }> {
    for (let other = this.#flights.get(key); other; other = this.#flights.get(key)) {
      const landed = await settled(other, signal);
      if (landed) return { value: landed.value, isShared: true };
    }
    signal.throwIfAborted();
    // Forgotten before those who wait hear of the end: they must not find a flight that is over.
    const own = work().finally(() => this.#flights.delete(key));
    this.#flights.set(key, own);
    return { value: await own, isShared: false };
  }
}

/** What another one's flight gave, undefined when it failed; throws when who waits is aborted. */
async function settled<T>(flight: Promise<T>, signal: AbortSignal): Promise<{ value: T } | undefined> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const landed = flight.then(
      (value) => ({ value }),
      () => undefined,
    );
    return await Promise.race([landed, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
