import { RegistryError } from '../registry-error.ts';
import { connectionError } from './connection-error.ts';
import type { HttpAnswer } from './transport.ts';

/**
 * Reads a whole body into memory.
 * @throws {RegistryError} `too-large` when it has more than `maxBytes`, or as the connection fails.
 */
export async function readBody(answer: HttpAnswer, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) {
        throw new RegistryError(
          'too-large',
          `${answer.url.origin} sent more than ${maxBytes} bytes for ${answer.url.pathname}.`,
        );
      }
      chunks.push(chunk);
    }
  } catch (error) {
    throw connectionError(error, answer.url, signal);
  }
  return Buffer.concat(chunks, size);
}

/** Bodies of redirects and refusals are short; reading them to the end keeps the connection for the next request. */
const discarded = { bytes: 16 * 1024, timeoutMs: 1_000 };

/** Throws a body away; one that is long or slow loses its connection. Nobody needs to wait for this. */
export function discard(body: HttpAnswer['body']): void {
  const options = { limit: discarded.bytes, signal: AbortSignal.timeout(discarded.timeoutMs) };
  body.dump(options).catch(() => body.destroy());
}
