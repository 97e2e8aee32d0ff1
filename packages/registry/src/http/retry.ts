import { backoffDelayMs, wait, type Logger } from '@plimsoll/runtime';
import type { RegistryLimits } from '../limits.ts';
import { RegistryError } from '../registry-error.ts';

/**
 * Does something idempotent again after it failed as `unavailable` or `rate-limited`, with growing pauses or the
 * pause that the registry asked for. Time-outs are not tried again: whoever waits has waited long enough.
 * @throws {RegistryError} that of the last try.
 */
export async function withRetries<T>(
  limits: Pick<RegistryLimits, 'attempts' | 'backoff' | 'maxWaitMs'>,
  attempt: () => Promise<T>,
  log: Logger | undefined,
  signal: AbortSignal,
): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof RegistryError) || !['unavailable', 'rate-limited'].includes(error.code))
        throw error;
      const jitterMs = backoffDelayMs(limits.backoff, error.retryAfterMs === undefined ? failures : 0);
      // All who were sent away with the same pause should not come back at the same moment.
      const pauseMs = (error.retryAfterMs ?? 0) + jitterMs;
      if (failures + 1 >= limits.attempts || pauseMs > limits.maxWaitMs) throw error;
      log?.info(
        { code: error.code, pauseMs, reason: error.message },
        'registry request failed, trying again',
      );
      await pause(pauseMs, signal);
    }
  }
}

/** Waits, or throws `cancelled`. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(ms, signal);
  } catch (cause) {
    throw new RegistryError(
      'cancelled',
      'Stopped waiting for the registry because nobody needs it any more.',
      {
        cause,
      },
    );
  }
}
