import { afterEach, expect, it } from 'vitest';
import { checkClock, checkFiles } from './preflight.ts';
import { startTestNetworks } from './testing-networks.ts';

let test: Awaited<ReturnType<typeof startTestNetworks>> | undefined;

afterEach(() => test?.close());

async function tableOf(options: Parameters<typeof startTestNetworks>[0]): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  test = await startTestNetworks({ ...options, print: resolve });
  return promise;
}

it('finds everything in order', async () => {
  const table = await tableOf({});

  expect(table.replaceAll(/127\.0\.0\.1:\d+|\d+ open files|\d s from/g, '#')).toBe(
    [
      'preflight',
      '  platform  passed   http://# answers 200',
      '  token     passed   the tunnel is open',
      '  agent     passed   http://# answers 200',
      '  registry  passed   the agent gets in',
      "  clock     passed   # the platform's",
      '  files     passed   #',
      '  webhook   passed   off: WEBHOOK_PATH_SECRET is not set, so new images wait for the next sync',
      '',
    ].join('\n'),
  );
});

it('has a remedy for each failure', async () => {
  const table = await tableOf({
    environment: { BROKER_TOKEN: 'revoked-token', CR_AGENT_URL: 'http://127.0.0.1:1' },
  });

  expect(table).toMatch(/token +failed +the platform does not accept it/);
  expect(table).toMatch(/agent +failed +http:\/\/127\.0\.0\.1:1: the connection failed: ECONNREFUSED/);
  expect(table).toMatch(/registry +failed/);
  expect(table).toMatch(
    /\n {2}token: Set BROKER_TOKEN .*\n {2}agent: Is the agent running\? .*\n {2}registry: Check/,
  );
});

it.each([
  ['Fri, 01 May 2026 10:00:30 GMT', 'passed'],
  ['Fri, 01 May 2026 10:02:00 GMT', 'failed'],
  ['Fri, 01 May 2026 09:58:00 GMT', 'failed'],
  ['soon', 'unknown'],
  [undefined, 'unknown'],
])('compares the clock with %s', (date, verdict) => {
  expect(checkClock(date, new Date('2026-05-01T10:00:00Z')).verdict).toBe(verdict);
});

it.each([
  ['Max open files            1024                 4096                 files', 'passed'],
  ['Max open files            unlimited            unlimited            files', 'passed'],
  ['Max open files            256                  4096                 files', 'failed'],
  [undefined, 'unknown'],
])('reads the limit of open files from %s', (limits, verdict) => {
  expect(checkFiles(limits).verdict).toBe(verdict);
});
