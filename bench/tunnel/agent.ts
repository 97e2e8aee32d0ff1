// An agent that answers every request at once with one page of repositories, as a process of its own. Prints its port.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const repositories = Array.from({ length: 100 }, (_, index) => ({
  name: `team-${index % 7}/service-${index}`,
}));
const page = JSON.stringify({ repositories, complete: true, warnings: [] });

const server = createServer((request, response) => {
  request.resume();
  response.setHeader('content-type', 'application/json').end(page);
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
