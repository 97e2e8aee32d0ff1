import { RegistryError } from '../registry-error.ts';
import { exhaustedForMs, remainingOf } from './rate-limit.ts';
import { retryAfterMs } from './retry-after.ts';
import { pause } from './retry.ts';
import type { HttpAnswer } from './transport.ts';
import { untilAborted } from './until-aborted.ts';

/** Questions that wait for an answer at a time, at a host that never said it was too much. */
const maxInFlight = 16;

/** Who asks, and how long he waits. */
export type Entering = { readonly account: string; readonly maxWaitMs: number };

/**
 * How fast one host is asked. All requests to it share this: as soon as it refuses one as too many, fewer are made at a
 * time and none before the pause it asked for is over; with every answer that it gives there may slowly be more again.
 */
export class RateBudget {
  readonly #origin: string;
  #allowed = maxInFlight;
  #inFlight = 0;
  /** Until when nothing may be asked, by account: hosts count what each of them asks. */
  readonly #pausedUntil = new Map<string, number>();
  #left = Promise.withResolvers<void>();

  constructor(origin: string) {
    this.#origin = origin;
  }

  /**
   * Waits until one more request of an account may be made, `maxWaitMs` being the longest pause that is waited for;
   * `leave` must be called after it.
   * @throws {RegistryError} `rate-limited` when the host wants to be left alone for longer than we wait.
   */
  async enter({ account, maxWaitMs }: Entering, signal: AbortSignal): Promise<void> {
    for (;;) {
      const until = this.#pausedUntil.get(account) ?? 0;
      const pauseMs = until - Date.now();
      if (pauseMs > maxWaitMs) throw tooLong(this.#origin, until, pauseMs);
      if (pauseMs > 0) await pause(pauseMs, signal);
      else if (this.#inFlight >= Math.floor(this.#allowed)) await untilAborted(this.#left.promise, signal);
      else break;
    }
    this.#inFlight++;
  }

  /** Says that a request has its answer, or failed. */
  leave(account: string, answer?: Pick<HttpAnswer, 'status' | 'headers'>): void {
    this.#inFlight--;
    if (answer) this.#learn(account, answer);
    const { resolve } = this.#left;
    this.#left = Promise.withResolvers();
    resolve();
  }

  #learn(account: string, { status, headers }: Pick<HttpAnswer, 'status' | 'headers'>): void {
    const now = new Date();
    const isTooMany = status === 429 || (status === 503 && headers['retry-after'] !== undefined);
    const pauseMs = exhaustedForMs(headers, now) ?? (isTooMany ? retryAfterMs(headers, now) : undefined);
    if (pauseMs !== undefined) this.#pause(account, now.getTime() + pauseMs, now.getTime());
    if (isTooMany) this.#allowed = Math.max(1, this.#allowed / 2);
    else this.#allowed = Math.min(maxInFlight, this.#allowed + 1 / this.#allowed);
    // Not more at a time than are left.
    const left = remainingOf(headers);
    if (left !== undefined) this.#allowed = Math.min(this.#allowed, Math.max(1, left));
  }

  #pause(account: string, until: number, now: number): void {
    for (const [other, end] of this.#pausedUntil) if (end <= now) this.#pausedUntil.delete(other);
    this.#pausedUntil.set(account, Math.max(this.#pausedUntil.get(account) ?? 0, until));
  }
}

function tooLong(origin: string, until: number, pauseMs: number): RegistryError {
  const date = new Date(until);
  const day = Number.isNaN(date.getTime()) ? 'a far day' : date.toISOString();
  const message = `${origin} takes no more requests. It asks to wait until ${day}.`;
  return new RegistryError('rate-limited', message, { retryAfterMs: pauseMs });
}
