import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';

let platform: TestPlatform;

beforeAll(async () => {
  platform = await startTestPlatform({ requestsPerMinute: 30 });
});

afterAll(() => platform.stop());

it('makes a token wait that asks too often, says how long, and lets others through', async () => {
  const busy = await platform.tokenOf('viewer');
  const ask = async (token: string, url = '/rest/self') => await platform.request('GET', url, { token });
  const answers = await Promise.all(Array.from({ length: 31 }, () => ask(busy)));
  const [limited] = answers.filter(({ statusCode }) => statusCode !== 200);

  expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(30);
  expect(limited?.statusCode).toBe(429);
  expect(limited?.headers['retry-after']).toBe('2');
  expect(limited?.json()).toMatchObject({ errors: [{ status: '429', code: 'rate-limited' }] });
  const v1 = await ask(busy, `/v1/org/${platform.orgId}/integrations`);
  expect([v1.statusCode, v1.headers['retry-after'], v1.json()]).toEqual([
    429,
    '2',
    expect.objectContaining({ code: 429 }),
  ]);
  expect((await ask(platform.adminToken)).statusCode).toBe(200);

  platform.clock.now = new Date(platform.clock.now.getTime() + 2_000);
  expect((await ask(busy)).statusCode).toBe(200);
  expect((await ask(busy)).statusCode).toBe(429);
});

it('has no limit for probes', async () => {
  const answers = await Promise.all(
    Array.from({ length: 40 }, async () => (await platform.app.inject('/healthcheck')).statusCode),
  );

  expect(new Set(answers)).toEqual(new Set([200]));
});

it('does not count what passes through a broker client, which agents limit themselves', async () => {
  const token = await platform.tokenOf('admin');
  const answers = await Promise.all(
    Array.from(
      { length: 40 },
      async () =>
        (await platform.request('GET', `/broker/${randomUUID()}/systemcheck`, { token })).statusCode,
    ),
  );

  expect(answers).not.toContain(429);
});
