import { once } from 'node:events';
import { createServer, request as httpRequest, type ClientRequest, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createLogger } from '@plimsoll/runtime';
import type { ClientConnection } from '@plimsoll/tunnel';
import * as fc from 'fast-check';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { hashToken } from '../../organizations/tokens.ts';
import { openDoor, type Door } from './open-door.ts';
import { readAnswerHead } from './read-answer.ts';
import { Identification, readMessage, RelayedRequest } from './wire.ts';

// Clients of a test that speak the wire by hand, by long-polling: what real ones do is shown by e2e/deployed-client.

let app: FastifyInstance;
let server: Server;
let door: Door;
let url: string;
let accepted: ClientConnection[];
let relayed: string[];

beforeEach(async () => {
  accepted = [];
  relayed = [];
  door = openDoor({
    admit: async (token) =>
      token === 'good'
        ? { integrationId: 'acme', tokenId: 't', tokenHash: hashToken(token), peer: { address: '' } as never }
        : undefined,
    accept: (connection) => void accepted.push(connection),
    relayCallback: async (_token, { path }) => {
      relayed.push(path);
      return { status: 200, contentType: 'application/json', body: '{}' };
    },
    log: createLogger({ name: 'test', level: 'silent' }),
  });
  app = fastify({
    routerOptions: { ignoreTrailingSlash: true },
    serverFactory: (handler) => (server = createServer(handler)),
  });
  await app.register(door.routes);
  server.on('upgrade', door.upgrade);
  await app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await door.stop(0);
  server.closeAllConnections();
  await app.close();
});

const pollUrl = (token: string, sid?: string) =>
  `${url}/primus/${token}/?EIO=4&transport=polling${sid === undefined ? '' : `&sid=${sid}`}`;

/** The door cuts the connection of whom it throws out, and that must not be the next one's. */
const headers = { connection: 'close' };

/** Shakes hands and answers with the id of the session. */
async function open(token = 'good'): Promise<string> {
  const answer = await fetch(pollUrl(token), { headers });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the door answered ${answer.status}`);
  return (JSON.parse(text.slice(1)) as { sid: string }).sid;
}

async function send(sid: string, packets: string): Promise<number> {
  return (await fetch(pollUrl('good', sid), { method: 'POST', headers, body: packets })).status;
}

const identify = (clientId: string, token = 'good') => {
  const metadata = { capabilities: ['post-streams'], clientId, version: '4.182.0', role: 'primary' };
  return `4${JSON.stringify({ type: 0, data: ['identify', { token, metadata }] })}`;
};

/** A client that has said who it is. */
async function connect(clientId: string): Promise<{ sid: string; connection: ClientConnection }> {
  const sid = await open();
  await send(sid, identify(clientId));
  await expect.poll(() => accepted.find(({ client }) => client.clientId === clientId)).toBeDefined();
  return { sid, connection: accepted.find(({ client }) => client.clientId === clientId)! };
}

/** Delivers an answer as clients do. */
async function answer(streamId: string, head: object, body = ''): Promise<number> {
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const payload = Buffer.concat([length, json, Buffer.from(body)]);
  const sent = await fetch(`${url}/response-data/good/${streamId}`, { method: 'POST', body: payload });
  return sent.status;
}

/** What the door has for a client, until it is a request for this path. */
async function requestFor(sid: string, path: string): Promise<{ streamingID: string }> {
  for (;;) {
    const text = await (await fetch(pollUrl('good', sid))).text();
    for (const packet of text.split('\u001e')) {
      if (!packet.startsWith('4{')) continue;
      const { data } = JSON.parse(packet.slice(1)) as {
        data: [string, { url: string; streamingID: string }];
      };
      if (data[0] === 'request' && data[1].url === path) return data[1];
    }
  }
}

it('serves a client that only polls', async () => {
  const { sid, connection } = await connect('polling');

  const asked = connection.request({ method: 'GET', path: '/list' });
  const { streamingID } = await requestFor(sid, '/list');
  const delivered = answer(streamingID, { status: 200, headers: { 'x-a': '1' } }, 'page');
  const { status, headers, body } = await asked;

  expect([status, headers['x-a'], (await buffer(body)).toString()]).toEqual([200, '1', 'page']);
  expect(await delivered).toBe(200);
});

it('notices at once that a polling client was killed, and fails what it owed', async () => {
  const { sid, connection } = await connect('killed');
  const poll = httpRequest(pollUrl('good', sid)).end();
  poll.on('error', () => undefined);
  await requestSent(poll);
  const asked = connection
    .request({ method: 'POST', path: '/scan', body: '{}' })
    .catch((error: unknown) => error);

  const again = httpRequest(pollUrl('good', sid)).end();
  again.on('error', () => undefined);
  await requestSent(again);
  poll.destroy();
  again.destroy();
  await connection.closed;

  expect(await asked).toMatchObject({ code: 'client-disconnected' });
  expect(connection.isOpen).toBe(false);
});

async function requestSent(sent: ClientRequest): Promise<void> {
  const [socket] = (await once(sent, 'socket')) as [Socket];
  if (socket.connecting) await once(socket, 'connect');
}

it('keeps an address out that guesses tokens, also with a right one then', async () => {
  for (let guess = 0; guess < 60; guess += 1) await expect(open(`wrong-${guess}`)).rejects.toThrow('403');

  await expect(open()).rejects.toThrow('403');
});

it('takes no answer with another token, or for what nobody asked', async () => {
  const { sid, connection } = await connect('owner');
  const asked = connection.request({ method: 'GET', path: '/list' });
  const { streamingID } = await requestFor(sid, '/list');

  const other = await fetch(`${url}/response-data/other/${streamingID}`, { method: 'POST', body: 'xxxx' });
  const unknown = await answer('3d9cf2a4-7d27-4d1b-8f0e-111111111111', { status: 200 });
  const delivered = answer(streamingID, { status: 200 }, 'mine');

  expect([other.status, unknown]).toEqual([500, 500]);
  expect((await buffer((await asked).body)).toString()).toBe('mine');
  expect(await delivered).toBe(200);
});

it('survives whatever one client sends, and serves another meanwhile', async () => {
  const { sid, connection } = await connect('honest');
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json().map((json) => `4${json}`),
    fc
      .tuple(fc.constantFrom('identify', 'request', 'chunk', 'x'), fc.jsonValue(), fc.option(fc.integer()))
      .map(([name, value, id]) => `4${JSON.stringify({ type: 0, data: [name, value], id })}`),
    fc.uint8Array({ maxLength: 64 }).map((bytes) => `b${Buffer.from(bytes).toString('base64')}`),
    fc.constantFrom('2', '3probe', '5', '6', '1', '0{}', `4"primus::ping::1"`),
  );

  await fc.assert(
    fc.asyncProperty(fc.array(anything, { minLength: 1, maxLength: 5 }), async (packets) => {
      const hostile = await open();
      // It is thrown out, or not minded.
      const status = await send(hostile, packets.join('\u001e')).catch(() => 'reset');
      expect([200, 400, 'reset']).toContain(status);
    }),
    { numRuns: 40 },
  );
  const asked = connection.request({ method: 'GET', path: '/after' });
  const { streamingID } = await requestFor(sid, '/after');
  const delivered = answer(streamingID, { status: 200 }, 'still here');

  expect((await buffer((await asked).body)).toString()).toBe('still here');
  expect(await delivered).toBe(200);
  // Of all that, nothing came through that is not a callback of the contract.
  expect(relayed).toEqual([]);
});

it('reads any message without a failure', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
      const message = readMessage(text);
      const argument = message?.kind === 'event' ? message.argument : undefined;
      const parsed = [Identification.safeParse(argument), RelayedRequest.safeParse(argument)];
      expect(parsed.map(({ success }) => success)).toEqual([false, false]);
    }),
    { numRuns: 1_000 },
  );
});

/** Gives bytes in parts, as a network does. */
function inParts(bytes: Buffer, sizes: readonly number[]): Readable {
  const parts: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    parts.push(bytes.subarray(at, at + size));
    at += size;
  }
  return Readable.from(
    [...parts, bytes.subarray(at)].filter(({ length }) => length > 0),
    { objectMode: false },
  );
}

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 12 });

it('reads the head of an answer, however it is cut, and leaves the body', async () => {
  const head = fc.record({
    status: fc.integer({ min: 100, max: 599 }),
    headers: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string({ unit: 'grapheme' })),
  });
  await fc.assert(
    fc.asyncProperty(head, fc.uint8Array({ maxLength: 40 }), sizes, async (written, body, parts) => {
      const text = JSON.stringify(written);
      const length = Buffer.alloc(4);
      // As clients write it: characters, where bytes are meant.
      length.writeUInt32LE(text.length);
      const stream = inParts(Buffer.concat([length, Buffer.from(text), body]), parts);

      expect(await readAnswerHead(stream)).toEqual(written);
      expect((await buffer(stream)).equals(Buffer.from(body))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

it('refuses what is no head of an answer', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 80 }), sizes, async (bytes, parts) => {
      const stream = inParts(Buffer.from(bytes), parts);
      const read = await readAnswerHead(stream).catch((error: unknown) => error);
      expect(read instanceof Error || (read as { status: number }).status >= 100).toBe(true);
    }),
    { numRuns: 300 },
  );
});
