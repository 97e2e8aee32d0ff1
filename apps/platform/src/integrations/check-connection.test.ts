import { expect, it } from 'vitest';
import { checkConnection, type CheckCalls } from './check-connection.ts';

const signal = new AbortController().signal;
const healthy: CheckCalls = {
  health: () => Promise.resolve({ ok: true, version: '1.2.3', slots: { total: 2, free: 1 } }),
  systemCheck: () => Promise.resolve({ ok: true, code: 'ok', message: 'harbor.local can be entered' }),
  status: () => Promise.resolve(undefined),
};

function failure(code: string): Promise<never> {
  return Promise.reject(Object.assign(new Error(`failed with ${code}`), { code }));
}

async function statuses(agents: CheckCalls, clients = 1): Promise<string[]> {
  const { ok, hops } = await checkConnection(agents, clients, 'integration', signal);
  return [String(ok), ...hops.map(({ hop, status }) => `${hop} ${status}`)];
}

it.each([
  ['nothing is wrong', healthy, 1, ['true', 'broker-client ok', 'agent ok', 'registry ok']],
  [
    'no client is connected',
    healthy,
    0,
    ['false', 'broker-client failed', 'agent unknown', 'registry unknown'],
  ],
  [
    'the client leaves meanwhile',
    { ...healthy, health: () => failure('client-disconnected') },
    1,
    ['false', 'broker-client failed', 'agent unknown', 'registry unknown'],
  ],
  [
    'the agent cannot be reached',
    { ...healthy, health: () => failure('unreachable') },
    1,
    ['false', 'broker-client ok', 'agent failed', 'registry unknown'],
  ],
  [
    'the registry refuses',
    { ...healthy, systemCheck: () => failure('agent') },
    1,
    ['false', 'broker-client ok', 'agent ok', 'registry failed'],
  ],
  [
    'the agent says that the registry cannot be entered',
    {
      ...healthy,
      systemCheck: () => Promise.resolve({ ok: false, code: 'tls' as const, message: 'expired' }),
    },
    1,
    ['false', 'broker-client ok', 'agent ok', 'registry failed'],
  ],
] as const)('names the hop when %s', async (_, agents, clients, expected) => {
  expect(await statuses(agents, clients)).toEqual(expected);
});

it('passes on what the agent says about the registry', async () => {
  const { hops } = await checkConnection(healthy, 1, 'integration', signal);

  expect(hops.map(({ message }) => message)).toEqual([
    '1 connected',
    'version 1.2.3, 1 of 2 slots free',
    'harbor.local can be entered',
  ]);
});

it('tells how push events are taken, also when a hop fails', async () => {
  const webhook = { isOn: false, found: 'off', remedy: 'Set WEBHOOK_PATH_SECRET.' };
  const status = () => Promise.resolve({ clientId: 'c', version: '1', agent: null, webhook });
  const check = await checkConnection(
    { ...healthy, status, health: () => failure('unreachable') },
    1,
    'integration',
    signal,
  );

  expect(check).toMatchObject({ ok: false, webhook });
});
