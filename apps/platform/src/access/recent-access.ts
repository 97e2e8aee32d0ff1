import { hashToken } from '../organizations/tokens.ts';

/** How long an answer is kept, milliseconds: a token that expires works at most so much longer. */
const keepMs = 5_000;

/** Most answers of one kind that are kept. */
const maxKept = 10_000;

/** Finds by a key; undefined when there is nothing. */
type LookUp<K, V> = (key: K) => Promise<V | undefined>;

type Kept<V> = { readonly value: V; readonly untilMs: number };

/**
 * What the database said a moment ago of who may do what. It is kept only while this process hears of every change, so
 * that what is revoked stops working at once in the process that revoked it, and as soon as the news arrives in others.
 * What was not found is not kept.
 */
export class RecentAccess {
  readonly #now: () => Date;
  readonly #kept: Map<string, Kept<unknown>>[] = [];
  #hearsOfChanges = false;
  /** Counts what was heard, so that an answer which was on its way meanwhile is not kept. */
  #changes = 0;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** From now on this process hears of changes, or hears of them no more. */
  set hearsOfChanges(hears: boolean) {
    this.#hearsOfChanges = hears;
    this.forget();
  }

  /** Something may have changed. */
  forget(): void {
    this.#changes += 1;
    for (const kept of this.#kept) kept.clear();
  }

  /** Makes a look-up whose answers are kept for a moment. */
  keep<V>(lookUp: LookUp<string, V>): LookUp<string, V> {
    const kept = new Map<string, Kept<V>>();
    this.#kept.push(kept);
    return async (key) => {
      const nowMs = this.#now().getTime();
      const found = kept.get(key);
      if (found && found.untilMs > nowMs) return found.value;
      const changes = this.#changes;
      const value = await lookUp(key);
      if (value === undefined || !this.#hearsOfChanges || changes !== this.#changes) return value;
      if (kept.size >= maxKept) kept.clear();
      kept.set(key, { value, untilMs: nowMs + keepMs });
      return value;
    };
  }

  /** The same for what is found by the SHA-256 of a token. Tokens themselves are not kept. */
  keepByToken<V>(lookUp: LookUp<Buffer, V>): LookUp<string, V> {
    const byHash = this.keep((hash) => lookUp(Buffer.from(hash, 'base64')));
    return (token) => byHash(hashToken(token).toString('base64'));
  }
}
