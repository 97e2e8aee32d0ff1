import { createHash } from 'node:crypto';
import { Digest } from '@plimsoll/contracts';
import { backoffDelayMs } from '@plimsoll/runtime';
import { connectionError } from '../http/connection-error.ts';
import { discard } from '../http/read-body.ts';
import { pause } from '../http/retry.ts';
import type { HttpAnswer } from '../http/transport.ts';
import type { RegistryClient, RegistryRequest } from '../registry-client.ts';
import { RegistryError } from '../registry-error.ts';
import { BodyPieces } from './body-pieces.ts';
import { pullScope, requireRepositoryName } from './manifests.ts';
import { ReadingClock } from './reading-clock.ts';

/** What a manifest says of a blob. */
export type BlobDescriptor = { readonly digest: Digest; readonly sizeBytes: number };

/** Gives memory for the next piece of a blob, when there is some. What was lent is the blob's until its stream ends. */
export type Lend = () => Promise<ArrayBuffer>;

/** Bytes of a piece when no memory is lent. */
const pieceBytes = 256 * 1024;

/**
 * Streams a blob in large pieces, at the pace of its reader. After a broken connection it asks the registry again for
 * the rest, so that a signed address that has run out is replaced. Size and digest are checked at the end: until the
 * last piece is through, the bytes are not known to be right.
 * @param lend memory that the pieces are put into, each at the beginning of its own; without it each piece gets new memory
 * @throws {RegistryError} `digest-mismatch` when the registry sent other bytes than the manifest says.
 */
export async function* openBlob(
  client: RegistryClient,
  repository: string,
  descriptor: BlobDescriptor,
  signal: AbortSignal,
  lend?: Lend,
): AsyncGenerator<Uint8Array, void, undefined> {
  requireRepositoryName(repository);
  if (!Digest.safeParse(descriptor.digest).success) {
    throw new RegistryError('unsupported', 'Blobs are read by sha256 digests only.');
  }
  const reader = new BlobReader(client, repository, descriptor, signal);
  const newMemory = () => new Uint8Array(Math.min(pieceBytes, descriptor.sizeBytes + 1 - reader.offset));
  try {
    for (;;) {
      const memory = lend ? new Uint8Array(await lend()) : newMemory();
      const length = await reader.read(memory);
      if (length === 0) return;
      yield memory.subarray(0, length);
    }
  } finally {
    reader.close();
  }
}

class BlobReader {
  readonly #client: RegistryClient;
  readonly #request: RegistryRequest;
  readonly #descriptor: BlobDescriptor;
  readonly #name: string;
  readonly #signal: AbortSignal;
  readonly #clock: ReadingClock;
  readonly #hash = createHash('sha256');
  #pieces: BodyPieces | undefined;
  #offset = 0;
  #resumes = 0;
  /** Failures since the last byte came. */
  #failures = 0;

  constructor(client: RegistryClient, repository: string, descriptor: BlobDescriptor, signal: AbortSignal) {
    const { blobGraceMs, blobBytesPerSecond } = client.limits;
    this.#client = client;
    this.#descriptor = descriptor;
    this.#name = `${repository}@${descriptor.digest}`;
    this.#signal = signal;
    this.#clock = new ReadingClock(blobGraceMs + (descriptor.sizeBytes / blobBytesPerSecond) * 1000);
    this.#request = {
      url: client.url(`/v2/${repository}/blobs/${descriptor.digest}`),
      scope: pullScope(repository),
    };
  }

  /** Bytes read so far. */
  get offset(): number {
    return this.#offset;
  }

  /** Puts the next bytes into memory and answers how many; 0 at the end of a blob that is whole. */
  async read(memory: Uint8Array): Promise<number> {
    for (;;) {
      try {
        this.#pieces ??= await this.#clock.count(this.#open());
        const length = await this.#clock.count(this.#pieces.read(memory));
        if (length > 0) this.#accept(memory.subarray(0, length));
        else this.#checkEnd();
        return length;
      } catch (error) {
        await this.#recover(connectionError(error, this.#request.url, this.#signal));
      }
    }
  }

  close(): void {
    this.#pieces?.close();
    this.#pieces = undefined;
  }

  #accept(piece: Uint8Array): void {
    this.#offset += piece.length;
    if (this.#offset > this.#descriptor.sizeBytes) {
      throw this.#mismatch(`more than the ${this.#descriptor.sizeBytes} bytes that its manifest tells`);
    }
    if (this.#clock.isOver) {
      throw new RegistryError('timeout', `${this.#request.url.origin} sends ${this.#name} too slowly.`);
    }
    this.#failures = 0;
    this.#hash.update(piece);
  }

  #checkEnd(): void {
    const { digest, sizeBytes } = this.#descriptor;
    if (this.#offset < sizeBytes) {
      const sent = `sent ${this.#offset} of the ${sizeBytes} bytes of ${this.#name}`;
      throw new RegistryError('unavailable', `${this.#request.url.origin} ${sent}.`);
    }
    if (`sha256:${this.#hash.digest('hex')}` !== digest)
      throw this.#mismatch('other bytes than its digest says');
  }

  #mismatch(how: string): RegistryError {
    return new RegistryError('digest-mismatch', `${this.#request.url.origin} sent ${how} for ${this.#name}.`);
  }

  /** Waits for the time of the next try, or throws the failure when there is none. */
  async #recover(failure: RegistryError): Promise<void> {
    this.close();
    const { attempts, backoff, blobResumes, maxWaitMs } = this.#client.limits;
    const pauseMs = failure.retryAfterMs ?? backoffDelayMs(backoff, this.#failures);
    this.#failures++;
    this.#resumes++;
    const mayHeal =
      ['unavailable', 'rate-limited', 'timeout'].includes(failure.code) && !this.#signal.aborted;
    const isSpent = this.#failures >= attempts || this.#resumes > blobResumes || this.#clock.isOver;
    if (!mayHeal || isSpent || pauseMs > maxWaitMs) throw failure;
    this.#client.log?.info(
      { code: failure.code, pauseMs, offset: this.#offset, reason: failure.message },
      'blob interrupted, asking for the rest',
    );
    await pause(pauseMs, this.#signal);
  }

  async #open(): Promise<BodyPieces> {
    const offset = this.#offset;
    const range = offset > 0 ? { range: `bytes=${offset}-` } : {};
    const answer = await this.#client.stream({ ...this.#request, ...range }, this.#signal);
    if (offset === 0 || startsAt(answer, offset)) return new BodyPieces(answer.body);
    // Some servers ignore ranges and begin anew.
    if (answer.status === 200) return new BodyPieces(answer.body, offset);
    discard(answer.body);
    const what = `answered with another part of ${this.#name} than asked for`;
    throw new RegistryError('unavailable', `${answer.url.origin} ${what}.`);
  }
}

function startsAt({ status, headers }: HttpAnswer, offset: number): boolean {
  const range = headers['content-range'];
  return status === 206 && typeof range === 'string' && range.startsWith(`bytes ${offset}-`);
}
