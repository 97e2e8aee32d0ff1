import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { startTestBroker } from './testing-broker.ts';

let test: Awaited<ReturnType<typeof startTestBroker>>;

afterEach(() => test.close());

const acme = { integrationId: 'acme', tokenId: 'token-1' };

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await nextTurn();
}

it('lists the clients of an integration with version and slots', async () => {
  test = await startTestBroker();
  test.allow('secret-1', acme);
  await test.connect('secret-1', () => undefined, 'one');
  await test.connect('secret-1', () => undefined, 'two');

  await until(async () => (await test.broker.clientsOf('acme')).filter(({ slots }) => slots).length === 2);
  const clients = await test.broker.clientsOf('acme');

  expect(
    clients.map(({ clientId, version, slots, isSuspect }) => ({ clientId, version, slots, isSuspect })),
  ).toEqual([
    { clientId: 'one', version: '1.2.3', slots: { total: 2, free: 2 }, isSuspect: false },
    { clientId: 'two', version: '1.2.3', slots: { total: 2, free: 2 }, isSuspect: false },
  ]);
  expect(await test.broker.clientsOf('other')).toEqual([]);
  expect(test.seen).toEqual(['acme', 'acme']);
});

it('closes the tunnels of a revoked token and leaves the others open', async () => {
  test = await startTestBroker();
  test.allow('secret-1', acme);
  test.allow('secret-2', { integrationId: 'acme', tokenId: 'token-2' });
  const revoked = await test.connect('secret-1', () => undefined, 'one');
  await test.connect('secret-2', () => undefined, 'two');
  await until(async () => (await test.broker.clientsOf('acme')).length === 2);

  test.forbid('secret-1');
  const closed = test.broker.disconnect('token-1');
  await revoked.lost;

  expect(closed).toBe(1);
  expect((await test.broker.clientsOf('acme')).map(({ clientId }) => clientId)).toEqual(['two']);
  await until(() => revoked.dialer.state === 'refused');
});

it('closes the tunnel of a token that was revoked elsewhere', async () => {
  test = await startTestBroker({ recheckEveryMs: 10 });
  test.allow('secret-1', acme);
  const client = await test.connect('secret-1', () => undefined);

  test.forbid('secret-1');
  await client.lost;
  await until(() => client.dialer.state === 'refused');

  expect(await test.broker.clientsOf('acme')).toEqual([]);
});

it('shows a broker token in no log', async () => {
  test = await startTestBroker();
  test.allow('secret-1', acme);
  await test.connect('secret-1', () => undefined);
  await until(async () => (await test.broker.clientsOf('acme')).length === 1);

  test.broker.disconnect('acme');
  await until(() => test.logged.some((line) => line.includes('tunnel closed')));

  expect(test.logged.join('')).not.toContain('secret-1');
});
