import type { Duplex } from 'node:stream';
import { tunnelHeaders, type HopError } from '@plimsoll/contracts';
import { wait } from '@plimsoll/runtime';
import { farewells, type Link } from './link.ts';
import { Outbox, outboxDuplex } from './outbox.ts';
import { failureOf } from './platform-answer.ts';
import { deliverMs, holdPollMs, maxPollBytes, missedPolls } from './polling-wire.ts';
import type { PollAnswer } from './send-poll.ts';
import { takeBytes } from './take-bytes.ts';

/** Sends one request of the link's; `path` is below `pollingPath`. */
export type Ask = (request: {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: Buffer;
  readonly signal: AbortSignal;
}) => Promise<PollAnswer>;

/** A request that failed is made again after these pauses, milliseconds; then the link is lost. */
const retryAfterMs = [50, 200, 800] as const;

/** What a balancer says when nothing behind it answers. */
const passing = new Set([408, 429, 500, 502, 503, 504]);

/** So often a balancer may lead to a replica that does not hold the link, in a row. */
const maxMisled = 16;

/** The client's end of a link by long polling. */
export class PollingLink implements Link {
  readonly duplex: Duplex;
  readonly closed: Promise<string>;

  readonly #ask: Ask;
  readonly #path: string;
  readonly #replicaId: string | undefined;
  readonly #answerMs: number;
  readonly #outbox = new Outbox();
  readonly #gone = new AbortController();
  readonly #listeners: ((reason: string) => void)[] = [];
  readonly #settle: (reason: string) => void;
  #leaving: Promise<void> | undefined;
  #received = 0;

  /**
   * @param replicaId the replica that holds the link's other end.
   * @param holdMs how long the platform keeps a poll that it has nothing for.
   */
  constructor(ask: Ask, id: string, replicaId: string | undefined, holdMs: number = holdPollMs) {
    this.#ask = ask;
    this.#path = `/${id}`;
    this.#replicaId = replicaId;
    this.#answerMs = holdMs * (1 + missedPolls);
    const { promise, resolve } = Promise.withResolvers<string>();
    this.closed = promise;
    this.#settle = resolve;
    this.duplex = outboxDuplex(this.#outbox, {
      finish: (done) => void this.#finish(done),
      leave: () => void this.#leave(),
    });
    void this.#poll();
    void this.#post();
  }

  onClosed(listener: (reason: string) => void): void {
    this.#listeners.push(listener);
  }

  close(code: number, reason: string): void {
    void this.#leave(`closed with ${code} ${reason}`);
  }

  terminate(): void {
    // Else the platform would wait for a while whether this client comes back.
    const signal = AbortSignal.timeout(deliverMs);
    if (!this.#isGone) {
      this.#ask({ method: 'DELETE', path: this.#path, signal }).catch(() => undefined);
    }
    this.#end('closed');
  }

  async #poll(): Promise<void> {
    while (!this.#isGone) {
      const answer = await this.#insist('GET', () => this.#received);
      if (this.#isGone || !answer) return;
      this.#received += answer.body.length;
      takeBytes(this.duplex, answer.body);
    }
  }

  async #post(): Promise<void> {
    while (!this.#isGone) {
      if (this.#outbox.isEmpty) await this.#outbox.change();
      if (this.#outbox.isEmpty) continue;
      const body = this.#outbox.peek(maxPollBytes);
      const end = this.#outbox.start + body.length;
      if (!(await this.#insist('POST', () => this.#outbox.start, body))) return;
      this.#outbox.acknowledge(end);
    }
  }

  /** Makes a request until it is answered; ends the link when it cannot be. */
  async #insist(
    method: 'GET' | 'POST',
    offset: () => number,
    body?: Buffer,
  ): Promise<PollAnswer | undefined> {
    let misled = 0;
    for (let failures = 0; ;) {
      const tried = await this.#try(method, offset(), body);
      if (this.#isGone) return undefined;
      if (typeof tried !== 'string' && tried.status < 300) return tried;
      const isMisled = typeof tried !== 'string' && this.#isMisled(tried) && ++misled < maxMisled;
      if (isMisled) continue;
      const mayPass = typeof tried === 'string' || passing.has(tried.status);
      const pauseMs = mayPass ? retryAfterMs[failures++] : undefined;
      if (pauseMs === undefined) {
        this.#end(typeof tried === 'string' ? tried : reasonOf(tried));
        return undefined;
      }
      await wait(pauseMs, this.#gone.signal).catch(() => undefined);
    }
  }

  /** @returns what failed, when there is no answer. */
  async #try(method: 'GET' | 'POST', offset: number, body?: Buffer): Promise<PollAnswer | string> {
    const path = `${this.#path}?offset=${offset}`;
    const signal = AbortSignal.any([this.#gone.signal, AbortSignal.timeout(this.#answerMs)]);
    try {
      return await this.#ask({ method, path, signal, ...(body && { body }) });
    } catch (error) {
      return failureOf(error as NodeJS.ErrnoException);
    }
  }

  #isMisled({ status, headers }: PollAnswer): boolean {
    const replicaId = headers[tunnelHeaders.replica];
    return status === 410 && typeof replicaId === 'string' && replicaId !== this.#replicaId;
  }

  async #finish(done: () => void): Promise<void> {
    await this.#leave();
    done();
  }

  /** Says what there is to say, for a while, and closes. */
  #leave(reason: string = farewells.client.reason): Promise<void> {
    this.#leaving ??= this.#sayFarewell(reason);
    return this.#leaving;
  }

  async #sayFarewell(reason: string): Promise<void> {
    if (this.#isGone) return;
    const deadline = AbortSignal.timeout(deliverMs);
    deadline.addEventListener('abort', () => this.#outbox.drop());
    while (!this.#outbox.isEmpty && !this.#isGone) await this.#outbox.change();
    const path = this.#path;
    if (!this.#isGone) await this.#ask({ method: 'DELETE', path, signal: deadline }).catch(() => undefined);
    this.#end(reason);
  }

  get #isGone(): boolean {
    return this.#gone.signal.aborted;
  }

  #end(reason: string): void {
    if (this.#isGone) return;
    this.#gone.abort();
    this.#outbox.drop();
    this.duplex.destroy();
    for (const listener of this.#listeners) listener(reason);
    this.#settle(reason);
  }
}

/** Longest reason of a platform's that is logged, characters. */
const maxReasonLength = 200;

function reasonOf({ status, body }: PollAnswer): string {
  try {
    const { message } = JSON.parse(body.toString()) as Partial<HopError>;
    if (status === 410 && typeof message === 'string') return message.slice(0, maxReasonLength);
  } catch {
    // Whatever it is, the platform did not write it.
  }
  return `the platform answered ${status} to a poll`;
}
