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

/** Throws a body away without reading it, and its connection with it: an endless one must not be waited for. */
export function discard(body: HttpAnswer['body']): void {
  // Destroying emits an error that nobody is left to hear.
  body.on('error', () => undefined).destroy();
}
