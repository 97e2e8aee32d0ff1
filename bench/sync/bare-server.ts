// A bare fastify handler that answers with the bytes of a file, as a process of its own: `node bare-server.ts FILE`.
// Prints its port.
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';

const body: unknown = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
const app = fastify();
app.get('/*', () => body);
await app.listen({ host: '127.0.0.1', port: 0 });
console.log((app.server.address() as AddressInfo).port);
