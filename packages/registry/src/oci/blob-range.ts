import { discard } from '../http/read-body.ts';
import { connectionError } from '../http/connection-error.ts';
import type { RegistryClient } from '../registry-client.ts';
import { RegistryError } from '../registry-error.ts';
import type { BlobDescriptor } from './blob-stream.ts';
import { pullScope, requireRepositoryName } from './manifests.ts';
import { ReadingClock } from './reading-clock.ts';

/** A part of a blob, bytes; `end` is not in it. */
export type ByteRange = { readonly start: number; readonly end: number };

/**
 * Streams a part of a blob. Its bytes are those that the registry sent: no digest is of a part, so the caller needs
 * another way to check them. A part is asked for once; who fails may read the whole blob instead.
 * @throws {RegistryError} `unsupported` when the registry answers with anything but this part of a blob of this size.
 */
export async function* openBlobRange(
  client: RegistryClient,
  repository: string,
  { digest, sizeBytes }: BlobDescriptor,
  { start, end }: ByteRange,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  requireRepositoryName(repository);
  const url = client.url(`/v2/${repository}/blobs/${digest}`);
  const { blobGraceMs, blobBytesPerSecond } = client.limits;
  const clock = new ReadingClock(blobGraceMs + ((end - start) / blobBytesPerSecond) * 1000);
  const request = { url, scope: pullScope(repository), range: `bytes=${start}-${end - 1}` };
  const answer = await clock.count(client.stream(request, signal));
  const name = `${repository}@${digest}`;
  if (answer.status !== 206 || answer.headers['content-range'] !== `bytes ${start}-${end - 1}/${sizeBytes}`) {
    // A whole blob is long, and nobody wants it this way.
    discard(answer.body);
    throw new RegistryError(
      'unsupported',
      `${url.origin} did not answer with the part of ${name} asked for.`,
    );
  }
  const chunks = (answer.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  let left = end - start;
  try {
    for (let next = await clock.count(chunks.next()); !next.done; next = await clock.count(chunks.next())) {
      left -= next.value.length;
      if (left < 0)
        throw new RegistryError('unsupported', `${url.origin} sent more of ${name} than asked for.`);
      if (clock.isOver) throw new RegistryError('timeout', `${url.origin} sends ${name} too slowly.`);
      yield next.value;
    }
  } catch (error) {
    throw connectionError(error, url, signal);
  } finally {
    await chunks.return?.();
  }
  if (left > 0) throw new RegistryError('unavailable', `${url.origin} sent less of ${name} than asked for.`);
}
