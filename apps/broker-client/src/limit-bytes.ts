import { Transform, type Readable, type Writable } from 'node:stream';
import { collectBytes } from '@plimsoll/runtime';
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
  return collectBytes(body, maxBytes, (why) => (why === 'too-large' ? tooLarge(maxBytes) : cutShort()));
}

/**
 * Passes a body on whole, as fast as the other end takes it. When it fails the source is destroyed, the other end not.
 * @throws {BrokerClientError} `too-large`; `unreachable` when the body is cut short, or nobody takes the rest of it; or
 * the source's own error.
 */
export function passBytes(from: Readable, to: Writable, maxBytes: number): Promise<void> {
  // By events: `pipeline` costs more than all the rest of a small request.
  return new Promise((resolve, reject) => {
    let seen = 0;
    const fail = (error: Error) => {
      reject(error);
      from.destroy();
    };
    from.on('data', (chunk: Buffer) => {
      seen += chunk.length;
      if (seen > maxBytes) fail(tooLarge(maxBytes));
      else if (!to.write(chunk)) from.pause();
    });
    to.on('drain', () => from.resume());
    from.on('end', () => to.end(resolve));
    from.on('error', fail);
    from.on('close', () => {
      if (!from.readableEnded) fail(cutShort());
    });
    to.on('close', () => {
      if (!to.writableFinished) fail(new BrokerClientError('unreachable', 'the reader of the body is gone'));
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

function cutShort(): BrokerClientError {
  return new BrokerClientError('unreachable', 'the body was cut short');
}
