// An agent that answers every request at once with one page of repositories, as a process of its own. Prints its port.
// `/bulk/down?bytes=N` sends so many zeros, `/bulk/up` takes a body of any size.
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const repositories = Array.from({ length: 100 }, (_, index) => ({
  name: `team-${index % 7}/service-${index}`,
}));
const page = Buffer.from(JSON.stringify({ repositories, complete: true, warnings: [] }));
const health = Buffer.from(JSON.stringify({ ok: true, version: '1', slots: { total: 4, free: 4 } }));

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://agent');
  if (pathname === '/bulk/down') {
    const bytes = Number(searchParams.get('bytes'));
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes });
    const zeros = createReadStream('/dev/zero', { end: bytes - 1, highWaterMark: 256 * 1024 });
    zeros.pipe(response);
    response.on('close', () => zeros.destroy());
    return;
  }
  request.resume();
  const body = pathname === '/healthcheck' ? health : page;
  const answer = () =>
    response
      .writeHead(request.method === 'POST' ? 202 : 200, {
        'content-type': 'application/json',
        'content-length': body.length,
      })
      .end(body);
  if (request.method === 'POST') request.on('end', answer);
  else answer();
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
