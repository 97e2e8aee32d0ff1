import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import type { RequestHandler } from '@plimsoll/tunnel';
import { carryRequest } from './carry-request.ts';
import { startTestBroker } from './testing-broker.ts';

// Several clients with one token: which requests move from one to another.

let test: Awaited<ReturnType<typeof startTestBroker>>;

afterEach(() => test.close());

const order = { method: 'POST', path: '/scan', body: '{"scanId":"1"}' };
const question = { method: 'GET', path: '/list' };

async function clients(...handlers: RequestHandler[]) {
  test = await startTestBroker();
  test.allow('token', { integrationId: 'acme', tokenId: 't' });
  const connected = [];
  for (const [index, handle] of handlers.entries())
    connected.push(await test.connect('token', handle, `client-${index}`));
  while ((await test.broker.clientsOf('acme')).length < handlers.length) await new Promise(setImmediate);
  return connected;
}

const answering =
  (name: string, asked: string[] = []): RequestHandler =>
  (_request, response) => {
    asked.push(name);
    response.end(name);
  };

async function bodyOf(request: Parameters<typeof carryRequest>[2]): Promise<string> {
  const answer = await carryRequest(test.directory, 'acme', request);
  return answer ? text(answer.body) : 'nobody';
}

it('moves a question to another client when its client is lost', async () => {
  const asked = Promise.withResolvers<void>();
  await clients(() => asked.resolve(), answering('second'));

  const answer = bodyOf(question);
  await asked.promise;
  test.directory
    .heldFor('acme')
    .find(({ client }) => client.clientId === 'client-0')
    ?.terminate();

  expect(await answer).toBe('second');
});

it('does not give an order to another client that the lost one may have carried out', async () => {
  const asked = Promise.withResolvers<void>();
  const others: string[] = [];
  await clients(
    async (request) => {
      await text(request);
      asked.resolve();
    },
    answering('second', others),
  );

  const answer = bodyOf(order);
  answer.catch(() => undefined);
  await asked.promise;
  test.directory
    .heldFor('acme')
    .find(({ client }) => client.clientId === 'client-0')
    ?.terminate();

  await expect(answer).rejects.toMatchObject({ code: 'client-disconnected' });
  expect(others).toEqual([]);
});

it('gives an order to another client when the first could not hand it to its agent', async () => {
  const away: RequestHandler = async (request, response) => {
    await text(request);
    response.writeHead(502, { 'x-broker-failure': 'unreachable', 'x-broker-unseen': '1' }).end('{}');
  };
  await clients(away, answering('second'));

  expect([await bodyOf(order), await bodyOf(order)]).toEqual(['second', 'second']);
});

it('leaves it at the failure when the agent may have seen the order', async () => {
  const others: string[] = [];
  const broken: RequestHandler = async (request, response) => {
    await text(request);
    response.writeHead(502, { 'x-broker-failure': 'unreachable' }).end('broken');
  };
  await clients(broken, answering('second', others));

  expect(await bodyOf(order)).toBe('broken');
  expect(others).toEqual([]);
});

it('asks nobody but the ready while one client misses its heartbeats', async () => {
  await clients(answering('first'), answering('second'));
  const [frozen] = test.directory.heldFor('acme');
  (frozen as { isSuspect: boolean }).isSuspect = true;

  const answers = await Promise.all(Array.from({ length: 10 }, () => bodyOf(question)));

  expect(new Set(answers).size).toBe(1);
});

it('moves what a client has not answered when it misses its heartbeat, and only that', async () => {
  const asked = Promise.withResolvers<void>();
  await clients(() => asked.resolve(), answering('second'));
  const answer = bodyOf(question);
  await asked.promise;

  const frozen = test.directory.heldFor('acme').find(({ client }) => client.clientId === 'client-0');
  (frozen as { isSuspect: boolean }).isSuspect = true;

  expect(await answer).toBe('second');
});

it('waits a moment for a client that was there a moment ago', async () => {
  const [client] = await clients(answering('back'));
  test.directory.heldFor('acme')[0]?.terminate();
  await client?.lost;

  expect(await bodyOf(question)).toBe('back');
});
