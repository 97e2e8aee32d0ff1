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
 * Reads a body whole; one that is too large is destroyed.
 * @throws {BrokerClientError} `too-large`; `unreachable` when the body is cut short; or the stream's own error.
 */
export function readWhole(body: Readable, maxBytes: number): Promise<Buffer> {
  // By events: an iterator costs a tenth of the time of a small request.
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let seen = 0;
    body.on('data', (chunk: Buffer) => {
      seen += chunk.length;
      if (seen <= maxBytes) chunks.push(chunk);
      else {
        reject(tooLarge(maxBytes));
        body.destroy();
      }
    });
    body.on('error', reject);
    body.on('end', () => resolve(Buffer.concat(chunks)));
    body.on('close', () => {
      if (!body.readableEnded) reject(new BrokerClientError('unreachable', 'the body was cut short'));
    });
  });
}

/** @throws {BrokerClientError} `too-large`, when a `content-length` header already says so. */
export function checkLength(contentLength: string | undefined, maxBytes: number): void {
  if (Number(contentLength ?? 0) > maxBytes) throw tooLarge(maxBytes);
}

function tooLarge(maxBytes: number): BrokerClientError {
  return new BrokerClientError('too-large', `the body is larger than ${maxBytes} bytes`);
}
