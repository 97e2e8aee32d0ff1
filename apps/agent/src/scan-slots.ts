import {
  ImportDone,
  type ImportResult,
  bodyLimits,
  type ScanAccepted,
  type ScanFailure,
} from '@plimsoll/contracts';
import type { Backoff, Logger } from '@plimsoll/runtime';
import type { Dispatcher } from 'undici';
import { AgentError } from './agent-error.ts';
import type { AgentMetrics } from './agent-metrics.ts';
import { deliver } from './deliver.ts';
import { scanFailureOf } from './registry-failures.ts';
import { ResultBodies } from './result-bodies.ts';

/** One accepted scan: what to read, and where its result goes. */
export type ScanJob = {
  readonly scanId: string;
  readonly callbackUrl: string;
  readonly doneUrl: string;
  /** Reads the image; the credentials it needs live in this closure and end with the scan. */
  readonly read: (signal: AbortSignal) => Promise<Omit<ImportResult, 'scanId'>>;
};

export type ScanSlotsOptions = {
  readonly slots: number;
  readonly scanTimeoutMs: number;
  readonly log: Logger;
  readonly metrics: AgentMetrics;
  /** For callbacks. */
  readonly dispatcher?: Dispatcher;
  readonly backoff?: Backoff;
};

/** What a caller waits when all slots are taken, seconds: about what a small image takes. */
const fullRetryAfterSeconds = 5;

/** Finished scans that are remembered, so that a repeated request does not repeat the work. */
const rememberedScans = 10_000;

/** Longest time spent on giving scans back when the process stops, milliseconds. */
const giveBackTimeMs = 3_000;

/**
 * The scans of this agent: at most `slots` at a time, each known by its id. A slot is held until the result is
 * acknowledged, so at most `slots` results are in memory, however long the receiver is away.
 */
export class ScanSlots {
  readonly #options: ScanSlotsOptions;
  readonly #busy = new Map<string, AbortController>();
  readonly #finished = new Set<string>();
  /** Everything that is still to be done, the last callbacks included. */
  readonly #work = new Set<Promise<void>>();
  readonly #ended = new AbortController();
  readonly #bodies = new ResultBodies();
  #stopping = false;

  constructor(options: ScanSlotsOptions) {
    this.#options = options;
    options.metrics.slots.set(options.slots);
  }

  get total(): number {
    return this.#options.slots;
  }

  get free(): number {
    return this.#stopping ? 0 : this.#options.slots - this.#busy.size;
  }

  /**
   * Takes a scan, or tells that the same id is known already.
   * @throws {AgentError} `slots-full` with `retryAfterSeconds`, `stopping`.
   */
  accept(job: ScanJob): ScanAccepted {
    const { scanId } = job;
    if (this.#busy.has(scanId)) return { scanId, status: 'running', repeated: true };
    if (this.#finished.has(scanId)) return { scanId, status: 'finished', repeated: true };
    if (this.#stopping) throw new AgentError('stopping', 'This agent is stopping; ask again.');
    if (this.free <= 0) {
      throw new AgentError('slots-full', `All ${this.total} scan slots are taken.`, {
        retryAfterSeconds: fullRetryAfterSeconds,
      });
    }

    const controller = new AbortController();
    this.#busy.set(scanId, controller);
    this.#options.metrics.slotsBusy.set(this.#busy.size);
    const work = this.#run(job, controller.signal).finally(() => this.#work.delete(work));
    this.#work.add(work);
    return { scanId, status: 'running', repeated: false };
  }

  /** Takes nothing new, finishes what runs for at most `graceMs` milliseconds and gives the rest back. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    await settled([...this.#work], graceMs);
    for (const controller of this.#busy.values()) controller.abort(new Error('the agent is stopping'));
    await settled([...this.#work], giveBackTimeMs);
    this.#ended.abort(new Error('the agent has stopped'));
    await Promise.all(this.#work);
  }

  async #run(job: ScanJob, signal: AbortSignal): Promise<void> {
    const { scanId } = job;
    const { log, metrics } = this.#options;
    const started = performance.now();
    log.info({ scanId }, 'scan started');
    const outcome = await this.#readAndDeliver(job, signal);
    this.#busy.delete(scanId);
    metrics.slotsBusy.set(this.#busy.size);
    if (outcome.status === 'finished') this.#remember(scanId);
    metrics.scans.inc({ outcome: outcome.status });
    const ms = Math.round(performance.now() - started);
    log.info({ scanId, ms, outcome: outcome.status, failure: outcome.failure }, 'scan finished');

    // The slot is free by now: whoever hears of the end may send the next scan at once.
    const body = [Buffer.from(JSON.stringify({ scanId, ...outcome } satisfies ImportDone))];
    await this.#post(job.doneUrl, body, scanId, this.#ended.signal).catch(() => {
      log.warn({ scanId }, 'end of scan not told');
    });
  }

  /** Never throws: whatever happens is an outcome. */
  async #readAndDeliver(job: ScanJob, signal: AbortSignal): Promise<Omit<ImportDone, 'scanId'>> {
    const { log, metrics, scanTimeoutMs } = this.#options;
    const { scanId } = job;
    const timeout = AbortSignal.timeout(scanTimeoutMs);
    try {
      const result = await job.read(AbortSignal.any([signal, timeout]));
      const { cost } = result.inventory;
      metrics.bytesPulled.inc(cost.bytesPulled);
      metrics.layers.inc({ from: 'registry' }, cost.layersRead);
      metrics.layers.inc({ from: 'cache' }, cost.layersFromCache);

      const body = this.#bodies.write({ scanId, ...result });
      if (body.reduce((sum, piece) => sum + piece.length, 0) > bodyLimits.callback) {
        return failed({
          code: 'too-large',
          message: 'The inventory is too large to send.',
          retryable: false,
        });
      }
      const delivery = await this.#post(job.callbackUrl, body, scanId, signal);
      if (delivery === 'acknowledged') return { status: 'finished' };
      log.error({ scanId, delivery }, 'result not delivered');
      return failed({
        code: 'internal',
        message: delivery === 'refused' ? 'The result was refused.' : 'The result could not be delivered.',
        retryable: delivery === 'gave-up',
      });
    } catch (error) {
      if (signal.aborted) return { status: 'returned' };
      const failure = scanFailureOf(timeout.aborted ? timeout.reason : error);
      log[failure.code === 'internal' ? 'error' : 'warn']({ scanId, err: error }, 'image not read');
      return failed(failure);
    }
  }

  #post(url: string, body: readonly Buffer[], scanId: string, signal: AbortSignal) {
    const { log, dispatcher, backoff } = this.#options;
    const onRetry = (problem: string, delayMs: number) =>
      log.warn({ scanId, problem, delayMs }, 'callback not acknowledged');
    return deliver(
      url,
      body,
      { ...(dispatcher && { dispatcher }), ...(backoff && { backoff }), onRetry },
      signal,
    );
  }

  #remember(scanId: string): void {
    this.#finished.add(scanId);
    if (this.#finished.size > rememberedScans) {
      const [oldest] = this.#finished;
      if (oldest !== undefined) this.#finished.delete(oldest);
    }
  }
}

function failed(failure: ScanFailure): Omit<ImportDone, 'scanId'> {
  return { status: 'failed', failure };
}

async function settled(work: readonly Promise<void>[], timeMs: number): Promise<void> {
  if (work.length === 0) return;
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeMs);
  await Promise.race([Promise.all(work), late]);
  clearTimeout(timer);
}
