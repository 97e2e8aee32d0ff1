import type { ClientHttp2Stream } from 'node:http2';
import type { TunnelRequest } from './request.ts';

/** Sends the body of a request, as fast as the other end takes it. */
export function sendBody(
  stream: ClientHttp2Stream,
  body: NonNullable<TunnelRequest['body']>,
  { onProgress, fail }: { onProgress: () => void; fail: (error: unknown) => void },
): void {
  if (typeof body === 'string' || body instanceof Uint8Array) {
    stream.end(body);
    return;
  }
  // Not `pipeline`: it destroys the stream in the same turn, and Node then loses the frame that cancels the exchange.
  body.on('close', () => {
    if (!stream.writableEnded) fail(new Error('the source of the request body was closed'));
  });
  body.on('data', onProgress);
  body.on('end', onProgress);
  stream.on('drain', onProgress);
  stream.on('close', () => body.destroy());
  body.pipe(stream);
}
