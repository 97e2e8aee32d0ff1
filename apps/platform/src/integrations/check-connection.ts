import type { AgentHealth, ClientStatus, ConnectionCheck, RegistryVerdict } from '@plimsoll/contracts';

/** Longest a check may take, milliseconds: an agent's deadline for entering a registry is below this. */
const checkTimeoutMs = 60_000;

/** The calls to an agent that a check makes. */
export type CheckCalls = {
  health(integrationId: string, signal: AbortSignal): Promise<AgentHealth>;
  systemCheck(integrationId: string, signal: AbortSignal): Promise<RegistryVerdict>;
  /** What a broker client tells of itself; undefined when none does. */
  status(integrationId: string, signal: AbortSignal): Promise<ClientStatus | undefined>;
};

type Hop = ConnectionCheck['attributes']['hops'][number];

/** Failures of a call that say that the broker client itself is not there. */
const brokerClientFailures: ReadonlySet<unknown> = new Set(['no-connection', 'client-disconnected']);

/**
 * Walks from the platform over the broker client and its agent to the registry, and names the hop that fails. Tells beside
 * that how push events are taken.
 */
export async function checkConnection(
  agents: CheckCalls,
  brokerClients: number,
  integrationId: string,
  signal: AbortSignal,
): Promise<ConnectionCheck['attributes']> {
  const [walked, status] = await Promise.all([
    walk(agents, brokerClients, integrationId, signal),
    brokerClients === 0 ? undefined : agents.status(integrationId, signal),
  ]);
  return { ...walked, ...(status?.webhook && { webhook: status.webhook }) };
}

async function walk(
  agents: CheckCalls,
  brokerClients: number,
  integrationId: string,
  signal: AbortSignal,
): Promise<ConnectionCheck['attributes']> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(checkTimeoutMs)]);
  if (brokerClients === 0) {
    return failed(
      [],
      'broker-client',
      'No broker client is connected. Start one with a token of this integration.',
    );
  }
  const client = ok('broker-client', `${brokerClients} connected`);

  let agent: Hop;
  try {
    const { version, slots } = await agents.health(integrationId, deadline);
    agent = ok('agent', `version ${version}, ${slots.free} of ${slots.total} slots free`);
  } catch (error) {
    if (brokerClientFailures.has(codeOf(error))) return failed([], 'broker-client', messageOf(error));
    return failed([client], 'agent', messageOf(error));
  }

  try {
    const verdict = await agents.systemCheck(integrationId, deadline);
    if (!verdict.ok) return failed([client, agent], 'registry', verdict.message);
    return { ok: true, hops: [client, agent, ok('registry', verdict.message)] };
  } catch (error) {
    return failed([client, agent], 'registry', messageOf(error));
  }
}

const order = ['broker-client', 'agent', 'registry'] as const;

function ok(hop: Hop['hop'], message: string): Hop {
  return { hop, status: 'ok', message };
}

/** The hops before the one that failed, that one, and the rest as unknown. */
function failed(before: readonly Hop[], hop: Hop['hop'], message: string): ConnectionCheck['attributes'] {
  const rest = order.slice(before.length + 1).map((later): Hop => ({
    hop: later,
    status: 'unknown',
    message: 'not asked, because an earlier hop failed',
  }));
  return { ok: false, hops: [...before, { hop, status: 'failed', message }, ...rest] };
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function messageOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'There was no answer in time.';
  return error instanceof Error ? error.message : String(error);
}
