import type { Readable } from 'node:stream';
import { errors } from 'undici';

/** Longest that bytes wait for more to come with them, milliseconds: who reads must hear of a server that trickles. */
const longestWaitMs = 1_000;

/**
 * Reads a body by its events into memory that is given. Several arrivals make one piece, and what has been copied is
 * freed at once: half the processor time of an iterator over the body's own chunks.
 */
export class BodyPieces {
  readonly #body: Readable;
  /** Bytes at the beginning that nobody wants. */
  #skip: number;
  #target: Uint8Array = new Uint8Array();
  #fill = 0;
  #since = 0;
  /** What came and did not fit. */
  #rest: Uint8Array | undefined;
  /** What has been copied, but may still be looked at by whom it came from until the next arrives. */
  #copied: Uint8Array | undefined;
  #end: 'complete' | Error | undefined;
  #wake = () => {};

  /** @param skip bytes at the beginning to pass over */
  constructor(body: Readable, skip = 0) {
    this.#body = body;
    this.#skip = skip;
    // Else the first listener would let it flow.
    body.pause();
    body.on('data', (chunk: Uint8Array) => this.#take(chunk));
    body.on('end', () => this.#finish('complete'));
    body.on('error', (error) => this.#finish(error));
    body.on('close', () => this.#finish(new errors.SocketError('other side closed')));
  }

  /**
   * Waits until the target is full, the body ends, or some bytes have waited for a second.
   * @returns how many bytes were put into the target; 0 at the end. Throws as the body fails, when all that came before is through.
   */
  async read(target: Uint8Array): Promise<number> {
    this.#target = target;
    this.#fill = 0;
    this.#since = performance.now();
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest) this.#copy(rest);
    if (!this.#end && this.#fill < target.length) {
      const filled = new Promise<void>((resolve) => (this.#wake = resolve));
      this.#body.resume();
      await filled;
    }
    if (this.#fill === 0 && this.#end instanceof Error) throw this.#end;
    return this.#fill;
  }

  /** Ends the connection unless the body has ended. */
  close(): void {
    this.#body.destroy();
  }

  #take(chunk: Uint8Array): void {
    if (this.#copied) free(this.#copied);
    this.#copied = undefined;
    if (this.#copy(chunk)) this.#copied = chunk;
    if (this.#fill < this.#target.length && performance.now() - this.#since < longestWaitMs) return;
    this.#body.pause();
    this.#wake();
  }

  /** Answers whether all of it fitted. */
  #copy(bytes: Uint8Array): boolean {
    const skipped = Math.min(this.#skip, bytes.length);
    this.#skip -= skipped;
    const wanted = bytes.subarray(skipped);
    const fitting = wanted.subarray(0, this.#target.length - this.#fill);
    this.#target.set(fitting, this.#fill);
    this.#fill += fitting.length;
    if (fitting.length === wanted.length) return true;
    this.#rest = wanted.subarray(fitting.length);
    return false;
  }

  #finish(end: 'complete' | Error): void {
    this.#end ??= end;
    this.#wake();
  }
}

/** Gives memory back instead of leaving hundreds of megabytes to the garbage collector; what is shared is left alone. */
function free({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
