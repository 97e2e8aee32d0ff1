import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { HopError } from '@plimsoll/contracts';

/** Answers an upgrade request with an ordinary HTTP error and closes the connection. */
export function refuseUpgrade(
  socket: Duplex,
  status: number,
  message: string,
  headers: readonly string[] = [],
): void {
  const body = JSON.stringify({ code: String(status), message } satisfies HopError);
  socket.on('error', () => undefined);
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'connection: close',
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      ...headers,
      ...(status === 401 ? ['www-authenticate: Bearer'] : []),
      '',
      body,
    ].join('\r\n'),
  );
}
