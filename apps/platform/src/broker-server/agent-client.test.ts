import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import type { RequestHandler } from '@plimsoll/tunnel';
import { AgentCallError } from './agent-client.ts';
import { startTestBroker } from './testing-broker.ts';

let test: Awaited<ReturnType<typeof startTestBroker>>;

afterEach(() => test.close());

async function clientOf(...handlers: RequestHandler[]) {
  test = await startTestBroker();
  test.allow('token', { integrationId: 'acme', tokenId: 't' });
  for (const [index, handle] of handlers.entries()) await test.connect('token', handle, `client-${index}`);
  while ((await test.broker.clientsOf('acme')).length < handlers.length) await new Promise(setImmediate);
  return test.broker.agentClient;
}

async function failureOf(promise: Promise<unknown>): Promise<AgentCallError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof AgentCallError) return error;
  throw new Error('expected an AgentCallError', { cause: error });
}

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): RequestHandler =>
  (_request, response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body));

const scanBody = { scanId: '3d9cf2a4-7d27-4d1b-8f0e-111111111111', repository: 'team/app', reference: 'v1' };

it('asks for repositories with a placeholder instead of credentials and reads the answer', async () => {
  let seen: unknown;
  const agentClient = await clientOf((request, response) => {
    const { authorization, 'x-broker-var-sub': substitute, 'snyk-request-id': requestId } = request.headers;
    seen = { url: request.url, authorization, substitute, requestId };
    response.end(JSON.stringify({ repositories: [{ name: 'team/app' }], complete: true }));
  });

  const page = await agentClient.call('listRepositories', 'acme', { query: { limit: 10 }, requestId: 'r-1' });

  expect(page).toEqual({ repositories: [{ name: 'team/app' }], complete: true, warnings: [] });
  expect(seen).toEqual({
    url: '/list?limit=10',
    authorization: '${CR_CREDENTIALS}',
    substitute: 'authorization',
    requestId: 'r-1',
  });
});

it('puts the repository into the path', async () => {
  let url: string | undefined;
  const agentClient = await clientOf((request, response) => {
    url = request.url;
    response.end(JSON.stringify({ repository: 'team/app', tags: [], complete: true }));
  });

  await agentClient.call('listTagsWithMetadata', 'acme', {
    repository: 'team/app',
    query: { cursor: 'a/b&c' },
  });

  expect(url).toBe('/list-with-metadata/team/app?cursor=a%2Fb%26c');
});

it('asks for a scan with addresses that the broker client fills in', async () => {
  let body: unknown;
  const agentClient = await clientOf(async (request, response) => {
    body = JSON.parse(await text(request));
    response.writeHead(202).end(JSON.stringify({ scanId: scanBody.scanId, status: 'running' }));
  });

  const accepted = await agentClient.call('scan', 'acme', { body: scanBody });

  expect(accepted).toMatchObject({ scanId: scanBody.scanId, status: 'running' });
  expect(body).toEqual({
    ...scanBody,
    callbackUrl: '${BROKER_CLIENT_URL}/api/v2/import/result',
    doneUrl: '${BROKER_CLIENT_URL}/api/v2/import/done',
    BROKER_VAR_SUB: ['callbackUrl', 'doneUrl'],
  });
});

it('moves a scan on to another client while the first agent is busy', async () => {
  const asked: string[] = [];
  const busy: RequestHandler = (request, response) => {
    asked.push('busy');
    return json(
      429,
      { code: 'slots-full', message: 'No slot is free.' },
      { 'retry-after': '7' },
    )(request, response);
  };
  const free: RequestHandler = (request, response) => {
    asked.push('free');
    return json(202, { scanId: scanBody.scanId, status: 'running' })(request, response);
  };
  const agentClient = await clientOf(busy, free);

  await agentClient.call('scan', 'acme', { body: scanBody });
  await agentClient.call('scan', 'acme', { body: scanBody });

  expect(asked.filter((name) => name === 'free')).toHaveLength(2);
});

it('tells when to come back when every agent is busy', async () => {
  const agentClient = await clientOf(
    json(429, { code: 'slots-full', message: 'No slot is free.' }, { 'retry-after': '7' }),
  );

  const error = await failureOf(agentClient.call('scan', 'acme', { body: scanBody }));

  expect(error).toMatchObject({ code: 'agent', status: 429, reason: 'slots-full', retryAfterMs: 7_000 });
  expect(error.message).toBe('No slot is free.');
});

it.each<[string, RequestHandler, object]>([
  [
    'an error of the agent',
    json(502, { code: 'registry-unavailable', message: 'no' }),
    { code: 'agent', status: 502 },
  ],
  ['an error page', json(500, 'oops'), { code: 'agent', status: 500 }],
  [
    'a refusal of the broker client',
    json(
      401,
      { code: 'FILTER_BLOCKED', message: 'blocked', reason: 'no rule' },
      { 'x-broker-failure': 'blocked' },
    ),
    { code: 'blocked', reason: 'no rule' },
  ],
  [
    'an agent that is away',
    json(502, { code: 'unreachable', message: 'refused' }, { 'x-broker-failure': 'unreachable' }),
    { code: 'unreachable' },
  ],
  ['something that is not in the contract', json(200, { repositories: 'all' }), { code: 'invalid-answer' }],
  ['something that is not JSON', (_q, r) => void r.end('<html>'), { code: 'invalid-answer' }],
  ['an endless answer', (_q, r) => void r.end(Buffer.alloc(17 * 1024 * 1024)), { code: 'too-large' }],
  ['half an answer', (_q, r) => void r.write('{', () => r.stream.close(2)), { code: 'unreachable' }],
])('reports %s', async (_name, handle, expected) => {
  const agentClient = await clientOf(handle);

  const error = await failureOf(agentClient.call('listRepositories', 'acme', {}));

  expect(error).toMatchObject(expected);
});

it('reports a client that is killed while it works, at once', async () => {
  const seen = Promise.withResolvers<void>();
  const agentClient = await clientOf(() => seen.resolve());
  const failure = failureOf(agentClient.call('health', 'acme', {}));
  await seen.promise;

  test.broker.disconnect('acme');

  expect((await failure).code).toBe('client-disconnected');
});

it('reports an integration without a client', async () => {
  const agentClient = await clientOf();

  expect((await failureOf(agentClient.call('health', 'acme', {}))).code).toBe('no-connection');
});

it('stops waiting when the caller aborts', async () => {
  const agentClient = await clientOf(() => undefined);

  const call = agentClient.call('health', 'acme', {}, AbortSignal.abort(new Error('job is over')));

  await expect(call).rejects.toThrow('job is over');
});
