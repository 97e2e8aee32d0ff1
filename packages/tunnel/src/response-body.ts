import type { ClientHttp2Stream } from 'node:http2';
import { Readable } from 'node:stream';
import { cancelStream } from './cancel-stream.ts';
import { TunnelError } from './tunnel-error.ts';

export type BodyLimits = {
  /** Longest silence while a reader waits, milliseconds. A reader that does not read is not counted. */
  readonly idleTimeoutMs: number;
  readonly maxBodyBytes: number;
  /** Ends the body with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
};

/**
 * The body of an answer as a stream with limits. It ends only when the whole body arrived; otherwise it fails with
 * a TunnelError that `explain` makes. Destroying it cancels the exchange at the other end.
 */
export class ResponseBody extends Readable {
  readonly #stream: ClientHttp2Stream;
  readonly #limits: BodyLimits;
  #received = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(
    stream: ClientHttp2Stream,
    limits: BodyLimits,
    { isLost, explain }: { isLost: () => boolean; explain: () => TunnelError },
  ) {
    super();
    this.#stream = stream;
    this.#limits = limits;
    stream.on('data', (chunk: Buffer) => this.#take(chunk));
    stream.on('end', () => {
      clearTimeout(this.#idle);
      // Node ends a stream that was reset, or lost with its session, as if its body were whole.
      if (stream.rstCode || isLost()) this.destroy(explain());
      else this.push(null);
    });
    stream.on('close', () => {
      if (!stream.readableEnded) this.destroy(explain());
    });
    stream.pause();
    // A body that fails before anybody reads it must not end the process; its reader still gets the error.
    this.on('error', () => undefined);
    limits.signal?.addEventListener('abort', this.#abort, { once: true });
  }

  override _read(): void {
    this.#idle ??= setTimeout(() => {
      this.destroy(new TunnelError('timeout', `no further bytes within ${this.#limits.idleTimeoutMs} ms`));
    }, this.#limits.idleTimeoutMs);
    this.#stream.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#stopWaiting();
    this.#limits.signal?.removeEventListener('abort', this.#abort);
    if (!this.#stream.readableEnded) cancelStream(this.#stream);
    done(error);
  }

  readonly #abort = (): void => {
    const reason: unknown = this.#limits.signal?.reason;
    this.destroy(reason instanceof Error ? reason : new Error('aborted', { cause: reason }));
  };

  #take(chunk: Buffer): void {
    this.#received += chunk.length;
    if (this.#received > this.#limits.maxBodyBytes) {
      this.destroy(
        new TunnelError('too-large', `the answer is larger than ${this.#limits.maxBodyBytes} bytes`),
      );
    } else if (this.push(chunk)) {
      this.#idle?.refresh();
    } else {
      this.#stopWaiting();
      this.#stream.pause();
    }
  }

  #stopWaiting(): void {
    clearTimeout(this.#idle);
    this.#idle = undefined;
  }
}
