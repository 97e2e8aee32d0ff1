import { maxPushEvents, pushEventsRoute, type PushEvent } from '@plimsoll/contracts';
import { backoffDelayMs, wait, type Logger, type Secret } from '@plimsoll/runtime';
import { BrokerClientError } from '../broker-client-error.ts';
import { readWhole } from '../limit-bytes.ts';
import { sendRequest, type Route } from '../send-request.ts';
import type { PushQueue } from './push-queue.ts';
import type { WebhookMetrics } from './webhook-metrics.ts';

export type PushRelayDeps = {
  readonly queue: PushQueue;
  readonly platformUrl: URL;
  readonly brokerToken: Secret;
  readonly route: Route;
  readonly version: string;
  readonly log: Logger;
  readonly metrics: WebhookMetrics;
};

/** The platform only writes the events down before it answers. */
const platformTimeoutMs = 30_000;
const maxAnswerBytes = 64 * 1024;

/** Pauses while the platform does not take events; a tunnel that opens ends a pause. */
const pause = { firstMs: 500, capMs: 60_000 } as const;
/** Longest pause that the platform may ask for, milliseconds. */
const maxRetryAfterMs = 5 * 60_000;

/** Answers that say that these very events will never be taken. */
const lasting: ReadonlySet<number> = new Set([400, 413, 422]);

/** Delivers what is in the queue to the platform, over HTTPS as callbacks are, until it is taken. */
export class PushRelay {
  readonly #deps: PushRelayDeps;
  readonly #stopped = new AbortController();
  #awake = new AbortController();
  #attempts = 0;
  readonly #ended: Promise<void>;

  constructor(deps: PushRelayDeps) {
    this.#deps = deps;
    this.#ended = this.#run();
  }

  /** Something was added, or the platform is there again. */
  wake(): void {
    this.#awake.abort();
  }

  /** Tries once more to deliver what waits, for so long at most; the rest is lost, and found by the next sync. */
  async stop(graceMs: number): Promise<void> {
    const { queue, log } = this.#deps;
    const signal = AbortSignal.timeout(graceMs);
    this.#stopped.abort();
    await this.#ended;
    while (queue.size > 0 && (await this.#deliver(signal)) === undefined);
    if (queue.size > 0) log.warn({ events: queue.size }, 'push events lost: the platform did not take them');
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      this.#awake = new AbortController();
      const retryAfterMs = this.#deps.queue.size > 0 ? await this.#deliver(signal) : Infinity;
      if (retryAfterMs === undefined) continue;
      const until = AbortSignal.any([signal, this.#awake.signal]);
      // A timer takes no more than 2^31 ms; the queue is looked at once a day for nothing.
      await wait(Math.min(retryAfterMs, 24 * 3_600_000), until).catch(() => undefined);
    }
  }

  /** Delivers the oldest events. Answers how long to wait when they were not taken, milliseconds. */
  async #deliver(signal: AbortSignal): Promise<number | undefined> {
    const { queue, log, metrics } = this.#deps;
    const events = queue.take(maxPushEvents);
    try {
      const { status, retryAfterMs } = await this.#send(events, signal);
      if (status < 300) {
        metrics.events.inc({ outcome: 'relayed' }, events.length);
        log.debug({ events: events.length }, 'push events relayed');
      } else if (lasting.has(status)) {
        metrics.events.inc({ outcome: 'refused' }, events.length);
        log.error(
          { status, events: events.length },
          'push events refused: is the platform older than this client?',
        );
      } else {
        queue.giveBack(events);
        if (status === 401 || status === 403)
          log.error({ status }, 'push events not relayed: the platform does not accept BROKER_TOKEN');
        else log.warn({ status }, 'push events not relayed');
        return this.#pause(retryAfterMs);
      }
      this.#attempts = 0;
      return undefined;
    } catch (error) {
      queue.giveBack(events);
      if (signal.aborted) return 0;
      const reason = error instanceof BrokerClientError ? error.message : (error as Error).name;
      log.warn({ reason, waiting: queue.size }, 'push events not relayed');
      return this.#pause(0);
    } finally {
      metrics.waiting.set(queue.size);
    }
  }

  #pause(retryAfterMs: number): number {
    const delayMs = Math.max(retryAfterMs, backoffDelayMs(pause, this.#attempts));
    this.#attempts += 1;
    return delayMs;
  }

  async #send(
    events: readonly PushEvent[],
    signal: AbortSignal,
  ): Promise<{ status: number; retryAfterMs: number }> {
    const { platformUrl, brokerToken, route, version } = this.#deps;
    const url = new URL(platformUrl);
    url.pathname = platformUrl.pathname.replace(/\/+$/, '') + pushEventsRoute.path;
    const body = Buffer.from(JSON.stringify({ events }));
    const answer = await sendRequest(route, {
      method: pushEventsRoute.method,
      url,
      headers: {
        'content-type': 'application/json',
        'content-length': String(body.length),
        'user-agent': `plimsoll-broker-client/${version}`,
        authorization: `Bearer ${brokerToken.reveal()}`,
      },
      body,
      idleTimeoutMs: platformTimeoutMs,
      signal,
    });
    await readWhole(answer, maxAnswerBytes);
    const retryAfterMs = (Number(answer.headers['retry-after']) || 0) * 1_000;
    return { status: answer.statusCode ?? 502, retryAfterMs: Math.min(retryAfterMs, maxRetryAfterMs) };
  }
}
