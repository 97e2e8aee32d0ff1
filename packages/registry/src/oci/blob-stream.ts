import { createHash } from 'node:crypto';
import { Digest } from '@plimsoll/contracts';
import { backoffDelayMs } from '@plimsoll/runtime';
import { connectionError } from '../http/connection-error.ts';
import { discard } from '../http/read-body.ts';
import { pause } from '../http/retry.ts';
import type { HttpAnswer } from '../http/transport.ts';
import type { RegistryClient, RegistryRequest } from '../registry-client.ts';
import { RegistryError } from '../registry-error.ts';
import { pullScope, requireRepositoryName } from './manifests.ts';
import { ReadingClock } from './reading-clock.ts';

/** What a manifest says of a blob. */
export type BlobDescriptor = { readonly digest: Digest; readonly sizeBytes: number };

/**
 * Streams a blob at the pace of its reader. After a broken connection it asks the registry again for the rest, so that
 * a signed address that has run out is replaced. Size and digest are checked at the end: until the last chunk is
 * through, the bytes are not known to be right.
 * @throws {RegistryError} `digest-mismatch` when the registry sent other bytes than the manifest says.
 */
export async function* openBlob(
  client: RegistryClient,
  repository: string,
  descriptor: BlobDescriptor,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  requireRepositoryName(repository);
  if (!Digest.safeParse(descriptor.digest).success) {
    throw new RegistryError('unsupported', 'Blobs are read by sha256 digests only.');
  }
  const reader = new BlobReader(client, repository, descriptor, signal);
  try {
    for (let chunk = await reader.read(); chunk; chunk = await reader.read()) yield chunk;
  } finally {
    await reader.close();
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
  #chunks: AsyncIterator<Uint8Array> | undefined;
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

  /** The next bytes, or undefined at the end of a blob that is whole. */
  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      try {
        this.#chunks ??= await this.#clock.count(this.#open());
        const next = await this.#clock.count(this.#chunks.next());
        if (!next.done) return this.#accept(next.value);
        this.#checkEnd();
        return undefined;
      } catch (error) {
        await this.#recover(connectionError(error, this.#request.url, this.#signal));
      }
    }
  }

  async close(): Promise<void> {
    await this.#chunks?.return?.();
    this.#chunks = undefined;
  }

  #accept(chunk: Uint8Array): Uint8Array {
    this.#offset += chunk.length;
    if (this.#offset > this.#descriptor.sizeBytes) {
      throw this.#mismatch(`more than the ${this.#descriptor.sizeBytes} bytes that its manifest tells`);
    }
    if (this.#clock.isOver) {
      throw new RegistryError('timeout', `${this.#request.url.origin} sends ${this.#name} too slowly.`);
    }
    this.#failures = 0;
    this.#hash.update(chunk);
    return chunk;
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
    await this.close();
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

  async #open(): Promise<AsyncIterator<Uint8Array>> {
    const offset = this.#offset;
    const range = offset > 0 ? { range: `bytes=${offset}-` } : {};
    const answer = await this.#client.stream({ ...this.#request, ...range }, this.#signal);
    if (offset === 0 || startsAt(answer, offset)) return chunksOf(answer.body);
    if (answer.status === 200) return withoutFirst(answer.body, offset);
    discard(answer.body);
    const what = `answered with another part of ${this.#name} than asked for`;
    throw new RegistryError('unavailable', `${answer.url.origin} ${what}.`);
  }
}

function chunksOf(body: AsyncIterable<Uint8Array>): AsyncIterator<Uint8Array> {
  return body[Symbol.asyncIterator]();
}

function startsAt({ status, headers }: HttpAnswer, offset: number): boolean {
  const range = headers['content-range'];
  return status === 206 && typeof range === 'string' && range.startsWith(`bytes ${offset}-`);
}

/** Some servers ignore ranges and begin anew. */
async function* withoutFirst(body: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of body) {
    if (left < chunk.length) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}
