import { Readable } from 'node:stream';
import { backoffDelayMs, wait, type Backoff } from '@plimsoll/runtime';
import { request, type Dispatcher } from 'undici';

/** Longest time a delivery is tried, milliseconds: a platform that is away for longer asks for the scan again. */
const deliveryTimeMs = 3_600_000;

/** Longest time one try may take, milliseconds: the largest result is 128 MB and crosses two hops. */
const tryTimeMs = 300_000;

const defaultBackoff: Backoff = { firstMs: 500, capMs: 60_000 };

/** Longest `retry-after` that is honoured, milliseconds. */
const maxRetryAfterMs = 300_000;

/** Largest answer to a callback that is read, bytes; its content is not used. */
const maxAnswerBytes = 64 * 1024;

/** `refused`: the receiver will never take it. `gave-up`: nobody took it in time. */
export type Delivery = 'acknowledged' | 'refused' | 'gave-up';

export type DeliverOptions = {
  readonly dispatcher?: Dispatcher;
  readonly backoff?: Backoff;
  /** Called after each try that failed, with what happened. */
  readonly onRetry?: (problem: string, delayMs: number) => void;
};

/**
 * Posts a JSON document, given in pieces, until the receiver acknowledges it with a 2xx status: at least once, with back-off, for at
 * most an hour. Statuses that say "not this document" (400, 404, 410, 413, 415, 422) end it as refused.
 * @throws the signal's reason when it is aborted.
 */
export async function deliver(
  url: string,
  body: readonly Buffer[],
  { dispatcher, backoff = defaultBackoff, onRetry }: DeliverOptions,
  signal: AbortSignal,
): Promise<Delivery> {
  const deadline = performance.now() + deliveryTimeMs;
  for (let attempt = 0; ; attempt += 1) {
    const { status = 0, problem, retryAfterMs = 0 } = await post(url, body, dispatcher, signal);
    if (status >= 200 && status < 300) return 'acknowledged';
    if (refusals.has(status)) return 'refused';

    const delayMs = Math.max(backoffDelayMs(backoff, attempt), retryAfterMs);
    if (performance.now() + delayMs > deadline) return 'gave-up';
    onRetry?.(problem, delayMs);
    await wait(delayMs, signal);
  }
}

/** 401 and 403 are not among them: a broker token that is being exchanged is refused for a while. */
const refusals = new Set([400, 404, 410, 413, 415, 422]);

type Try = { readonly status?: number; readonly problem: string; readonly retryAfterMs?: number };

async function post(
  url: string,
  body: readonly Buffer[],
  dispatcher: Dispatcher | undefined,
  signal: AbortSignal,
): Promise<Try> {
  try {
    const answer = await request(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': String(body.reduce((sum, piece) => sum + piece.length, 0)),
      },
      body: Readable.from(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(tryTimeMs)]),
      ...(dispatcher && { dispatcher }),
    });
    await answer.body.dump({ limit: maxAnswerBytes });
    const retryAfterSeconds = Number(answer.headers['retry-after']);
    return {
      status: answer.statusCode,
      problem: `status ${answer.statusCode}`,
      ...(retryAfterSeconds > 0 && { retryAfterMs: Math.min(retryAfterSeconds * 1_000, maxRetryAfterMs) }),
    };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    return { problem: (error as Error).message };
  }
}
