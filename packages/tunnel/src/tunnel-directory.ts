import type { Carrier, ClientConnection } from './tunnel.ts';

/** A client that is connected now, as people are told about it. */
export type ConnectedClient = {
  readonly tunnelId: string;
  readonly clientId: string;
  readonly version: string;
  readonly connectedAt: Date;
  readonly isSuspect: boolean;
  /** Of the client's agent; undefined while not known. */
  readonly slots: { readonly total: number; readonly free: number } | undefined;
};

/**
 * Who is connected for which integration. In memory for one replica; a shared one adds what other replicas hold,
 * and its carriers forward to them.
 */
export type TunnelDirectory = {
  register(integrationId: string, tunnel: ClientConnection): Promise<void>;
  unregister(integrationId: string, tunnel: ClientConnection): Promise<void>;
  /** The least busy way to the integration's clients, except those in `tried`; undefined when there is none. */
  pick(integrationId: string, tried?: ReadonlySet<Carrier>): Promise<Carrier | undefined>;
  clientsOf(integrationId: string): Promise<ConnectedClient[]>;
};

/** A directory of the tunnels that this process holds. */
export function memoryDirectory(): TunnelDirectory {
  const tunnels = new Map<string, Set<ClientConnection>>();
  return {
    async register(integrationId, tunnel) {
      const held = tunnels.get(integrationId) ?? new Set();
      tunnels.set(integrationId, held.add(tunnel));
    },

    async unregister(integrationId, tunnel) {
      const held = tunnels.get(integrationId);
      held?.delete(tunnel);
      if (held?.size === 0) tunnels.delete(integrationId);
    },

    async pick(integrationId, tried) {
      const held = tunnels.get(integrationId);
      const open = [...(held ?? [])].filter((tunnel) => tunnel.isOpen && !tried?.has(tunnel));
      const picked = leastBusy(open);
      // The one picked goes to the end of the line, so that equally busy ones take turns.
      if (picked && held?.delete(picked)) held.add(picked);
      return picked;
    },

    async clientsOf(integrationId) {
      return [...(tunnels.get(integrationId) ?? [])].filter((tunnel) => tunnel.isOpen).map(describe);
    },
  };
}

function leastBusy(tunnels: ClientConnection[]): ClientConnection | undefined {
  // Sorting is stable: among equals the one that waited longest comes first.
  return tunnels.sort((a, b) => rank(a) - rank(b))[0];
}

/** A suspect or agentless client comes after every ready one, however busy that is. */
function rank(tunnel: ClientConnection): number {
  const isReady = !tunnel.isSuspect && tunnel.status?.agent !== null;
  return tunnel.inFlight + (isReady ? 0 : Number.MAX_SAFE_INTEGER / 2);
}

function describe(tunnel: ClientConnection): ConnectedClient {
  return {
    tunnelId: tunnel.id,
    clientId: tunnel.client.clientId,
    version: tunnel.client.version,
    connectedAt: tunnel.connectedAt,
    isSuspect: tunnel.isSuspect,
    slots: tunnel.status?.agent?.slots,
  };
}
