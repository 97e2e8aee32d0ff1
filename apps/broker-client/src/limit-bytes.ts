import { Transform, type Readable } from 'node:stream';
import { BrokerClientError } from './broker-client-error.ts';

/** A stream that passes bytes on and fails with `too-large` when there are more than `maxBytes`. */
export function limitBytes(maxBytes: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > maxBytes) done(tooLarge(maxBytes));
      else done(null, chunk);
    },
  });
}

/**
 * Reads a body whole.
 * @throws {BrokerClientError} `too-large`, or the stream's own error.
 */
export async function readWhole(body: Readable, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let seen = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    seen += chunk.length;
    if (seen > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** @throws {BrokerClientError} `too-large`, when a `content-length` header already says so. */
export function checkLength(contentLength: string | undefined, maxBytes: number): void {
  if (Number(contentLength ?? 0) > maxBytes) throw tooLarge(maxBytes);
}

function tooLarge(maxBytes: number): BrokerClientError {
  return new BrokerClientError('too-large', `the body is larger than ${maxBytes} bytes`);
}
