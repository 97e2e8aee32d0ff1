import { untilAborted } from './http/until-aborted.ts';

/** A value, and for how long it may be used without asking again, milliseconds. */
export type Fetched<T> = { readonly value: T; readonly freshMs: number };

/** More than one session ever needs at once; the oldest are forgotten first. */
const maxEntries = 1_000;

type Entry = { readonly value: Promise<unknown>; freshUntil: number };

/** Fetches values, keeps each while it is fresh, and shares one fetch among all who wait for it. Failures are not kept. */
export class SharedFetches {
  readonly #timeoutMs: number;
  readonly #entries = new Map<string, Entry>();

  /** `timeoutMs` is the longest time of one fetch. */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** The value of a key. The fetch is not ended by the signal of whoever asked first: others wait for the same. */
  get<T>(key: string, fetch: (signal: AbortSignal) => Promise<Fetched<T>>, signal: AbortSignal): Promise<T> {
    const kept = this.#entries.get(key);
    if (kept && performance.now() < kept.freshUntil) return untilAborted(kept.value as Promise<T>, signal);
    const fetched = fetch(AbortSignal.timeout(this.#timeoutMs));
    const value = fetched.then((answer) => answer.value);
    // Shared with others as soon as it is under way.
    const entry: Entry = { value, freshUntil: Number.POSITIVE_INFINITY };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size > maxEntries) this.#entries.delete(this.#entries.keys().next().value ?? '');
    const settle = (freshMs: number) => {
      entry.freshUntil = performance.now() + freshMs;
    };
    fetched.then(
      ({ freshMs }) => settle(freshMs),
      () => settle(0),
    );
    return untilAborted(value, signal);
  }

  /** Drops a value that proved wrong. One that is being fetched stays: it is newer than the proof. */
  forget(key: string): void {
    const entry = this.#entries.get(key);
    if (entry && entry.freshUntil !== Number.POSITIVE_INFINITY) entry.freshUntil = 0;
  }
}
