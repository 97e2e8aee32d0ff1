import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a fake mirror answers at a path. */
export type Answer = [status: number, body: string | Uint8Array, headers?: Record<string, string>];

/** A mirror on the loopback that answers from a table, honours `If-None-Match`, and notes what it was asked for. */
export async function serve(
  answers: Record<string, Answer>,
): Promise<{ address: string; asked: string[] } & AsyncDisposable> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const [status, body, headers] = answers[request.url ?? ''] ?? [404, ''];
    if (headers?.['etag'] !== undefined && request.headers['if-none-match'] === headers['etag']) {
      response.writeHead(304).end();
      return;
    }
    response.writeHead(status, headers);
    // A body shorter than announced breaks the connection off.
    if (headers?.['content-length']) response.write(body, () => response.destroy());
    else response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
