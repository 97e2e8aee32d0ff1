import { setTimeout as sleep } from 'node:timers/promises';

export type Backoff = {
  /** First delay before jitter, milliseconds. */
  readonly firstMs: number;
  /** Cap of the delay, milliseconds. */
  readonly capMs: number;
};

/** The delay before try `attempt` (0 is the first retry): doubled each time, capped, with full jitter. */
export function backoffDelayMs({ firstMs, capMs }: Backoff, attempt: number, random = Math.random): number {
  return Math.round(random() * Math.min(capMs, firstMs * 2 ** Math.min(attempt, 30)));
}

/** Waits, or throws the signal's reason when aborted. */
export async function wait(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, signal ? { signal } : {});
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  }
}
