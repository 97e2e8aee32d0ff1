import { Duplex } from 'node:stream';

import { noteBytes } from './collect-young.ts';

/** Unacknowledged bytes above which writers wait. */
const writeAheadBytes = 512 * 1024;

/**
 * What one end of a polled link has to say, kept until the other end has acknowledged it, so that a request that
 * failed can be made again. Offsets count bytes from the beginning of the link.
 */
export class Outbox {
  #chunks: Buffer[] = [];
  #start = 0;
  #bytes = 0;
  #release: (() => void) | undefined;
  #waiting: (() => void)[] = [];

  /** Offset of the first byte that is not acknowledged. */
  get start(): number {
    return this.#start;
  }

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  /** @param done called as soon as more may be added. */
  add(chunks: readonly Buffer[], done: () => void): void {
    for (const chunk of chunks) {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
      noteBytes(chunk.length);
    }
    this.wake();
    if (this.#bytes <= writeAheadBytes) done();
    else this.#release = done;
  }

  /** The first bytes that are not acknowledged, at most so many. */
  peek(maxBytes: number): Buffer {
    const joined = Buffer.concat(this.#chunks, this.#bytes);
    // What is asked for again is not joined again.
    this.#chunks = joined.length > 0 ? [joined] : [];
    return joined.subarray(0, maxBytes);
  }

  /**
   * Forgets what lies before an offset.
   * @returns false when there can be no such offset: the ends have lost step.
   */
  acknowledge(offset: number): boolean {
    if (!Number.isSafeInteger(offset) || offset < this.#start || offset > this.#start + this.#bytes)
      return false;
    let left = offset - this.#start;
    while (left > 0) {
      const [first] = this.#chunks as [Buffer];
      if (first.length > left) this.#chunks[0] = first.subarray(left);
      else this.#chunks.shift();
      left -= Math.min(left, first.length);
    }
    this.#bytes -= offset - this.#start;
    this.#start = offset;
    if (this.#bytes <= writeAheadBytes) this.#free();
    if (this.isEmpty) this.wake();
    return true;
  }

  /** Resolves at the next `wake`: when bytes are added, or all are acknowledged. */
  async change(): Promise<void> {
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Lets those go on who wait for a change. */
  wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Forgets everything and lets writers go on: nobody takes it any more. */
  drop(): void {
    this.#chunks = [];
    this.#bytes = 0;
    this.#free();
    this.wake();
  }

  #free(): void {
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }
}

/**
 * Makes the byte stream of one end of a polled link: what is written goes into the outbox, what arrives is pushed by who
 * holds it.
 * @param end `finish` is called when everything is written, and calls `done` when the other end may have it; `leave` when
 * the stream is destroyed.
 */
export function outboxDuplex(outbox: Outbox, end: { finish(done: () => void): void; leave(): void }): Duplex {
  return new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => outbox.add([chunk], done),
    writev: (chunks, done) =>
      outbox.add(
        chunks.map(({ chunk }) => chunk as Buffer),
        done,
      ),
    final: (done) => end.finish(done),
    destroy: (error, done) => {
      end.leave();
      done(error);
    },
  });
}
