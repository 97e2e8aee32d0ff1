import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger, createMetrics, Secret } from '@plimsoll/runtime';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { canaries, startTestNetworks } from '../testing-networks.ts';
import { PushQueue } from './push-queue.ts';
import { takeWebhooks } from './take-webhook.ts';
import { digestOne, pathSecret, pushOfTag } from './testing-notifications.ts';
import { createWebhookMetrics } from './webhook-metrics.ts';

type Event = { id: string; sender: string; repository: string; tag: string; digest?: string };

let test: Awaited<ReturnType<typeof startTestNetworks>>;
/** What the platform was told, delivery by delivery, and how it answers the next ones. */
let deliveries: { headers: Record<string, unknown>; events: Event[] }[];
let answers: (number | 'hang up')[];

const platform: RequestListener = async (incoming, response) => {
  if (incoming.url !== '/api/v2/push-events') {
    response.writeHead(404).end();
    return;
  }
  let text = '';
  for await (const chunk of incoming) text += String(chunk);
  deliveries.push({ headers: incoming.headers, ...(JSON.parse(text) as { events: Event[] }) });
  const answer = answers.shift() ?? 200;
  if (answer === 'hang up') incoming.socket.destroy();
  else response.writeHead(answer, answer === 503 ? { 'retry-after': '300' } : {}).end('{}');
};

async function start(environment: Record<string, string> = {}) {
  deliveries = [];
  answers = [];
  test = await startTestNetworks({
    platform,
    environment: { CR_TYPE: 'oci', WEBHOOK_PATH_SECRET: pathSecret, ...environment },
  });
}

afterEach(() => test.close());

async function notify(
  body: unknown,
  more: { path?: string; method?: string; headers?: Record<string, string> } = {},
) {
  const answer = await fetch(`${test.url}/webhooks/${more.path ?? pathSecret}`, {
    method: more.method ?? 'POST',
    headers: { 'content-type': 'application/json', ...more.headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return {
    status: answer.status,
    headers: answer.headers,
    body: (await answer.json()) as Record<string, unknown>,
  };
}

/** Waits until the platform was told of these tags, delivery by delivery. */
async function told(...tags: string[][]) {
  await vi.waitFor(() => expect(deliveries.map(({ events }) => events.map(({ tag }) => tag))).toEqual(tags), {
    timeout: 20_000,
    interval: 10,
  });
}

async function metricsPage(): Promise<string> {
  return (await fetch(`${test.url}/metrics`)).text();
}

it('tells the platform what was pushed, with the broker token and nothing else of the notification', async () => {
  await start();

  const answer = await notify(pushOfTag('1.0'));
  await told(['1.0']);

  expect(answer).toMatchObject({ status: 202, body: { accepted: 1 } });
  expect(deliveries[0]?.headers).toMatchObject({ authorization: `Bearer ${canaries.brokerToken}` });
  expect(deliveries[0]?.events).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      sender: 'distribution',
      repository: 'team/app',
      tag: '1.0',
      digest: digestOne,
      pushedAt: '2024-01-02T03:04:05.363Z',
      receivedAt: expect.any(String) as string,
    },
  ]);
  await vi.waitFor(async () => expect(await metricsPage()).toContain('outcome="relayed"} 1'));
  const page = await metricsPage();
  expect(page).toContain('plimsoll_broker_webhooks_total{sender="distribution",outcome="taken"} 1');
});

it('is blocked like everything else while it is not configured', async () => {
  await start({ WEBHOOK_PATH_SECRET: '' });

  const answer = await notify(pushOfTag('1.0'));

  expect(answer).toMatchObject({ status: 401, body: { code: 'FILTER_BLOCKED' } });
});

describe('refuses', () => {
  it.each([
    '',
    'x',
    `${pathSecret}/`,
    `${pathSecret}x`,
    pathSecret.slice(0, -1),
    `../webhooks/${pathSecret}x`,
  ])('the address %j, and writes no secret into its log', async (path) => {
    await start();

    const answer = await notify(pushOfTag('1.0'), { path });

    expect(answer.status).toBe(404);
    expect(test.logged.join('')).not.toContain(pathSecret);
    expect(await metricsPage()).toContain('outcome="wrong-path"} 1');
  });

  it('an address that has guessed too often, even when it guesses right', async () => {
    await start();
    for (let guess = 0; guess < 20; guess += 1) await notify({}, { path: `guess-${guess}` });

    const answer = await notify(pushOfTag('1.0'));

    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(deliveries).toEqual([]);
  });

  it.each([
    ['no JSON', 'events=1', 400, 'not-json'],
    ['half of a JSON', '{"events":[', 400, 'not-json'],
    ['a deep one', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 400, 'unrecognized'],
    ['an odd one', '{"hello":"world"}', 400, 'unrecognized'],
    ['null', 'null', 400, 'unrecognized'],
    ['what is too large', `"${'x'.repeat(1_048_576)}"`, 413, 'too-large'],
  ])('%s', async (_, body, status, code) => {
    await start();

    expect(await notify(body)).toMatchObject({ status, body: { code } });
  });

  it('what is too large without saying so', async () => {
    await start();
    const sent = request(`${test.url}/webhooks/${pathSecret}`, { method: 'POST' });
    sent.on('error', () => undefined);
    const answered = once(sent, 'response') as Promise<[{ statusCode: number }]>;
    for (let part = 0; part < 17; part += 1) sent.write('x'.repeat(65_536));

    const [{ statusCode }] = await answered;
    sent.destroy();

    expect(statusCode).toBe(413);
  });

  it('a GET', async () => {
    await start();

    const answer = await notify(undefined, { method: 'GET' });

    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('another product than CR_TYPE names', async () => {
    await start({ CR_TYPE: 'harbor-cr' });

    expect(await notify(pushOfTag('1.0'))).toMatchObject({ status: 400, body: { code: 'other-product' } });
  });

  it('a notification without the secret, or with a wrong signature', async () => {
    const secret = 'canary-webhook-secret';
    await start({ CR_TYPE: 'nexus-cr', WEBHOOK_SECRET: secret });
    const body = JSON.stringify({
      timestamp: '2024-01-02T03:04:05.678+00:00',
      repositoryName: 'docker-hosted',
      action: 'CREATED',
      component: { format: 'docker', name: 'team/app', version: '1.0' },
    });
    const sign = (text: string) => createHmac('sha1', secret).update(text).digest('hex');
    const signed = (text: string) => notify(body, { headers: { 'x-nexus-webhook-signature': sign(text) } });

    const statuses = [await notify(body), await signed(`${body} `), await signed(body)].map(
      ({ status }) => status,
    );

    expect(statuses).toEqual([401, 401, 202]);
    await told(['1.0']);
    expect(test.logged.join('')).not.toContain(secret);
  });
});

describe('delivers', () => {
  it('a push once, however often the registry repeats it', async () => {
    await start();
    const repeated = [];
    for (let time = 0; time < 5; time += 1) repeated.push((await notify(pushOfTag('1.0'))).body['accepted']);
    await notify(pushOfTag('2.0'));

    await vi.waitFor(() => expect(deliveries.flatMap(({ events }) => events)).toHaveLength(2));
    expect(repeated).toEqual([1, 0, 0, 0, 0]);
  });

  it('what the platform did not take, as the same event, until it does', async () => {
    await start();
    answers.push('hang up', 500, 429, 401);

    await notify(pushOfTag('1.0'));
    await told(['1.0'], ['1.0'], ['1.0'], ['1.0'], ['1.0']);

    expect(new Set(deliveries.map(({ events }) => events[0]?.id)).size).toBe(1);
  });

  it('nothing again that the platform will never take', async () => {
    await start();
    answers.push(422);

    await notify(pushOfTag('1.0'));
    await told(['1.0']);
    await notify(pushOfTag('2.0'));
    await told(['1.0'], ['2.0']);

    expect(await metricsPage()).toContain('plimsoll_broker_push_events_total{outcome="refused"} 1');
  });

  it('what waits when it is stopped', async () => {
    await start();
    answers.push(...Array.from({ length: 100 }, () => 503));
    await notify(pushOfTag('1.0'));
    await vi.waitFor(() => expect(deliveries).not.toEqual([]));
    answers = [];
    const before = deliveries.length;

    await test.stopClient();

    expect(deliveries).toHaveLength(before + 1);
  });
});

it('answers CloudEvents that ask whether they are welcome', async () => {
  await start();
  const ask = (origin: string) =>
    notify(undefined, { method: 'OPTIONS', headers: { 'webhook-request-origin': origin } });

  const [welcome, odd] = [await ask('eventgrid.azure.net'), await ask('a b')];

  expect([welcome.status, welcome.headers.get('webhook-allowed-origin')]).toEqual([
    200,
    'eventgrid.azure.net',
  ]);
  expect(odd.headers.get('webhook-allowed-origin')).toBeNull();
});

it.each([
  [
    { CR_TYPE: 'digitalocean-cr', CR_TOKEN: 'x' },
    /WEBHOOK_PATH_SECRET: digitalocean-cr sends no notifications/,
  ],
  [{ CR_TYPE: 'quay-cr', WEBHOOK_SECRET: 'abcdefgh' }, /WEBHOOK_SECRET: quay-cr signs nothing/],
  [{ CR_TYPE: 'gcr', WEBHOOK_SECRET: 'abcdefgh' }, /gcr signs nothing.*WEBHOOK_GOOGLE_ACCOUNT/],
  [
    { CR_TYPE: 'quay-cr', WEBHOOK_GOOGLE_ACCOUNT: 'a@b.test', WEBHOOK_GOOGLE_AUDIENCE: 'x' },
    /WEBHOOK_GOOGLE_ACCOUNT: quay-cr sends no tokens/,
  ],
  [{ WEBHOOK_GOOGLE_ACCOUNT: 'a@b.test' }, /WEBHOOK_GOOGLE_AUDIENCE: goes together/],
  [{ WEBHOOK_PATH_SECRET: 'short' }, /WEBHOOK_PATH_SECRET: must be 20 to 200/],
  [{ WEBHOOK_PATH_SECRET: '', WEBHOOK_SECRET: 'abcdefgh' }, /WEBHOOK_SECRET: goes together/],
])('refuses to start with %j', async (environment, message) => {
  await start();
  const { WEBHOOK_PATH_SECRET = pathSecret, ...others } = environment as Record<string, string>;

  await expect(
    startTestNetworks({ environment: { CR_TYPE: 'oci', WEBHOOK_PATH_SECRET, ...others } }),
  ).rejects.toThrow(message);
});

it('gives a notification that trickles in so much time and no more', async () => {
  await start();
  const queue = new PushQueue();
  const take = takeWebhooks({
    pathSecret: new Secret(pathSecret),
    secret: undefined,
    checkToken: undefined,
    place: { type: 'oci', isListed: () => true },
    queue,
    onQueued: () => undefined,
    log: createLogger({ name: 'test', level: 'silent' }),
    metrics: createWebhookMetrics(createMetrics()),
    bodyTimeoutMs: 20,
  });
  const server = createServer((incoming, response) => void take(incoming, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const sent = request({ port, host: '127.0.0.1', path: `/webhooks/${pathSecret}`, method: 'POST' });
  sent.on('error', () => undefined);
  sent.write('{"events":');

  const [{ statusCode }] = (await once(sent, 'response')) as [{ statusCode: number }];
  sent.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));

  expect(statusCode).toBe(408);
});
