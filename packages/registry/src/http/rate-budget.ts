import { RegistryError } from '../registry-error.ts';
import { exhaustedForMs } from './rate-limit.ts';
import { retryAfterMs } from './retry-after.ts';
import { pause } from './retry.ts';
import type { HttpAnswer } from './transport.ts';
import { untilAborted } from './until-aborted.ts';

/** Questions that wait for an answer at a time, at a host that never said it was too much. */
const maxInFlight = 16;

/**
 * How fast one host is asked. All requests to it share this: as soon as it refuses one as too many, fewer are made at a
 * time and none before the pause it asked for is over; with every answer that it gives there may slowly be more again.
 */
export class RateBudget {
  readonly #origin: string;
  readonly #maxWaitMs: number;
  #allowed = maxInFlight;
  #inFlight = 0;
  #pausedUntil = 0;
  #left = Promise.withResolvers<void>();

  /** `maxWaitMs` is the longest pause that is waited for. */
  constructor(origin: string, maxWaitMs: number) {
    this.#origin = origin;
    this.#maxWaitMs = maxWaitMs;
  }

  /**
   * Waits until one more request may be made; `leave` must be called after it.
   * @throws {RegistryError} `rate-limited` when the host wants to be left alone for longer than we wait.
   */
  async enter(signal: AbortSignal): Promise<void> {
    for (;;) {
      const pauseMs = this.#pausedUntil - Date.now();
      if (pauseMs > this.#maxWaitMs) throw tooLong(this.#origin, this.#pausedUntil, pauseMs);
      if (pauseMs > 0) await pause(pauseMs, signal);
      else if (this.#inFlight >= Math.floor(this.#allowed)) await untilAborted(this.#left.promise, signal);
      else break;
    }
    this.#inFlight++;
  }

  /** Says that a request has its answer, or failed. */
  leave(answer?: Pick<HttpAnswer, 'status' | 'headers'>): void {
    this.#inFlight--;
    if (answer) this.#learn(answer);
    const { resolve } = this.#left;
    this.#left = Promise.withResolvers();
    resolve();
  }

  #learn({ status, headers }: Pick<HttpAnswer, 'status' | 'headers'>): void {
    const now = new Date();
    const isTooMany = status === 429 || (status === 503 && headers['retry-after'] !== undefined);
    const pauseMs = exhaustedForMs(headers, now) ?? (isTooMany ? retryAfterMs(headers, now) : undefined);
    if (pauseMs !== undefined) this.#pausedUntil = Math.max(this.#pausedUntil, now.getTime() + pauseMs);
    if (isTooMany) this.#allowed = Math.max(1, this.#allowed / 2);
    else this.#allowed = Math.min(maxInFlight, this.#allowed + 1 / this.#allowed);
  }
}

function tooLong(origin: string, until: number, pauseMs: number): RegistryError {
  const date = new Date(until);
  const day = Number.isNaN(date.getTime()) ? 'a far day' : date.toISOString();
  const message = `${origin} takes no more requests. It asks to wait until ${day}.`;
  return new RegistryError('rate-limited', message, { retryAfterMs: pauseMs });
}
