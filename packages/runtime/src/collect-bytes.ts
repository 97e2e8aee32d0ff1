import type { Readable } from 'node:stream';

/**
 * Reads a stream of bytes whole; one that holds more than `maxBytes` is destroyed.
 * @param failure makes the error for a stream that holds more, or that closes before its end.
 * @throws what `failure` makes, or the stream's own error.
 */
export function collectBytes(
  body: Readable,
  maxBytes: number,
  failure: (why: 'too-large' | 'cut-short') => Error,
): Promise<Buffer> {
  // By events: an iterator costs a tenth of the time of a small request.
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let seen = 0;
    body.on('data', (chunk: Buffer) => {
      seen += chunk.length;
      if (seen <= maxBytes) chunks.push(chunk);
      else {
        reject(failure('too-large'));
        body.destroy();
      }
    });
    body.on('error', reject);
    body.on('end', () => resolve(Buffer.concat(chunks)));
    body.on('close', () => {
      if (!body.readableEnded) reject(failure('cut-short'));
    });
  });
}
