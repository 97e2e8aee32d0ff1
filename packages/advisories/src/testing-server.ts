import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a fake mirror answers at a path. */
export type Answer = [status: number, body: string | Uint8Array, headers?: Record<string, string>];

/** A mirror on the loopback that answers from a table (of several answers one after the other), honours `If-None-Match`, and notes what it was asked for. */
export async function serve(
  answers: Record<string, Answer | Answer[]>,
): Promise<{ address: string; asked: string[]; tokens: (string | undefined)[] } & AsyncDisposable> {
  const asked: string[] = [];
  const tokens: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    tokens.push(request.headers.authorization);
    const answer = answers[request.url ?? ''] ?? [404, ''];
    const [status, body, headers] = isSeries(answer) ? (answer.shift() ?? [404, '']) : answer;
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
    tokens,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function isSeries(answer: Answer | Answer[]): answer is Answer[] {
  return typeof answer[0] !== 'number';
}
