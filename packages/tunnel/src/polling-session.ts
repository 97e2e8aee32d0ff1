import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { farewells, type Link } from './link.ts';
import { Outbox, outboxDuplex } from './outbox.ts';
import { deliverMs, maxPollBytes, missedPolls } from './polling-wire.ts';
import { takeBytes } from './take-bytes.ts';

/** After a poll that broke off a client makes its last try within 2 s; one that was killed makes none. Milliseconds. */
const resumeMs = 5_000;

/** The platform's end of a link whose client polls. Gone when the client has not asked for too long. */
export class PollingSession implements Link {
  readonly id = randomUUID();
  readonly duplex: Duplex;
  /** Why it is closed; undefined while it is not. */
  closedWith: string | undefined;

  readonly #outbox = new Outbox();
  readonly #holdMs: number;
  #abandoned: NodeJS.Timeout;
  readonly #listeners: ((reason: string) => void)[] = [];
  #received = 0;
  #poll = 0;

  /** @param holdMs longest wait of a poll. */
  constructor(holdMs: number) {
    this.#holdMs = holdMs;
    this.#abandoned = this.#expectPoll(holdMs * missedPolls);
    this.duplex = outboxDuplex(this.#outbox, {
      finish: (done) => void this.#deliver(done),
      leave: () => this.#end(farewells.platform.reason),
    });
  }

  /**
   * What the client has not got yet. Waits until there is something, for a while; then it is empty.
   * @param offset how many bytes the client has got.
   * @param signal aborts when the poll is given up.
   */
  async take(offset: number, signal: AbortSignal): Promise<Buffer> {
    const poll = ++this.#poll;
    clearTimeout(this.#abandoned);
    this.#abandoned = this.#expectPoll(this.#holdMs * missedPolls);
    if (this.closedWith === undefined && !this.#outbox.acknowledge(offset)) this.#end('the polls lost step');
    const wake = () => this.#outbox.wake();
    // A later poll takes the place of this one.
    wake();
    const timer = setTimeout(wake, this.#holdMs);
    signal.addEventListener('abort', wake, { once: true });
    const deadline = performance.now() + this.#holdMs;
    const waits = () => this.#outbox.isEmpty && this.closedWith === undefined && !signal.aborted;
    while (waits() && poll === this.#poll && performance.now() < deadline) await this.#outbox.change();
    // What is said in the same turn goes into the same answer.
    if (!this.#outbox.isEmpty) await nextTurn();
    clearTimeout(timer);
    signal.removeEventListener('abort', wake);
    if (this.closedWith !== undefined || poll !== this.#poll) return Buffer.alloc(0);
    if (signal.aborted) {
      // Its connection is gone: the client asks again soon, or is gone, too.
      clearTimeout(this.#abandoned);
      this.#abandoned = this.#expectPoll(Math.min(resumeMs, this.#holdMs));
    } else this.#abandoned.refresh();
    return this.#outbox.peek(maxPollBytes);
  }

  /** Takes bytes of the client. What was taken before is passed over. */
  give(offset: number, bytes: Buffer): void {
    if (this.closedWith !== undefined) return;
    if (offset > this.#received) return this.#end('the posts lost step');
    const fresh = bytes.subarray(this.#received - offset);
    if (fresh.length === 0) return;
    this.#received += fresh.length;
    takeBytes(this.duplex, fresh);
  }

  onClosed(listener: (reason: string) => void): void {
    this.#listeners.push(listener);
  }

  close(code: number, reason: string): void {
    this.#end(`closed with ${code} ${reason}`);
  }

  terminate(): void {
    this.#end('closed');
  }

  #expectPoll(withinMs: number): NodeJS.Timeout {
    return setTimeout(() => this.#end('the client polls no more'), withinMs);
  }

  async #deliver(done: () => void): Promise<void> {
    const deadline = setTimeout(() => this.#outbox.drop(), deliverMs);
    while (!this.#outbox.isEmpty) await this.#outbox.change();
    clearTimeout(deadline);
    done();
  }

  #end(reason: string): void {
    if (this.closedWith !== undefined) return;
    this.closedWith = reason;
    clearTimeout(this.#abandoned);
    this.#outbox.drop();
    this.duplex.destroy();
    for (const listener of this.#listeners) listener(reason);
  }
}
