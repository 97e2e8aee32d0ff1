import type { Carrier, ClientConnection } from './request.ts';

/** A client that is connected now, as people are told about it; it may hold several tunnels. */
export type ConnectedClient = {
  readonly clientId: string;
  readonly version: string;
  /** Since when it has been there without a gap. */
  readonly connectedAt: Date;
  /** None of its tunnels answers heartbeats. */
  readonly isSuspect: boolean;
  /** Of the client's agent; undefined while not known. */
  readonly slots: { readonly total: number; readonly free: number } | undefined;
  readonly tunnels: number;
};

/** Which tunnels are not to be picked. */
export type Excluded = (tunnel: { readonly id: string; readonly clientId: string }) => boolean;

/**
 * Who is connected for which integration. In memory for one replica; a shared one adds what other replicas hold,
 * and its carriers forward to them.
 */
export type TunnelDirectory = {
  register(holder: TunnelHolder, tunnel: ClientConnection): Promise<void>;
  unregister(holder: TunnelHolder, tunnel: ClientConnection): Promise<void>;
  /** The least busy way to the integration's clients, except those excluded; undefined when there is none. */
  pick(integrationId: string, isExcluded?: Excluded): Promise<Carrier | undefined>;
  /** Whether a client that answers its heartbeats could be picked. */
  hasReady(integrationId: string, isExcluded?: Excluded): Promise<boolean>;
  clientsOf(integrationId: string): Promise<ConnectedClient[]>;
  /** Whether a client was connected a moment ago, so that it may be back in another moment. */
  isReturning(integrationId: string): Promise<boolean>;
  /** Whether a client is connected with this token. */
  isUsed(tokenId: string): Promise<boolean>;
};

/** Whom a tunnel serves, and the token that opened it. */
export type TunnelHolder = { readonly integrationId: string; readonly tokenId: string };

/** A directory of the tunnels that this process holds. */
export type MemoryDirectory = TunnelDirectory & {
  /** One of the tunnels held here. */
  find(tunnelId: string): ClientConnection | undefined;
  /** Like `pick`, without waiting, and only clients that answer their heartbeats when `onlyReady`. */
  pickHeld(integrationId: string, isExcluded?: Excluded, onlyReady?: boolean): ClientConnection | undefined;
  /** All of the integration's tunnels held here. */
  heldFor(integrationId: string): ClientConnection[];
};

/** A client that was lost is expected back for so long, milliseconds. */
export const returningMs = 30_000;

/** Makes a directory of the tunnels that this process holds. */
export function memoryDirectory(): MemoryDirectory {
  const lostAt = new Map<string, number>();
  const tunnels = new Map<string, Set<ClientConnection>>();
  const byId = new Map<string, { tunnel: ClientConnection; tokenId: string }>();

  function heldFor(integrationId: string): ClientConnection[] {
    return [...(tunnels.get(integrationId) ?? [])].filter((tunnel) => tunnel.isOpen);
  }

  function pickHeld(integrationId: string, isExcluded?: Excluded, onlyReady = false) {
    const open = heldFor(integrationId).filter(
      (tunnel) => !isExcluded?.(nameOf(tunnel)) && (!onlyReady || isReady(tunnel)),
    );
    const picked = leastBusy(open);
    // The one picked goes to the end of the line, so that equally busy ones take turns.
    const held = tunnels.get(integrationId);
    if (picked && held?.delete(picked)) held.add(picked);
    return picked;
  }

  return {
    async register({ integrationId, tokenId }, tunnel) {
      const held = tunnels.get(integrationId) ?? new Set();
      tunnels.set(integrationId, held.add(tunnel));
      byId.set(tunnel.id, { tunnel, tokenId });
    },

    async unregister({ integrationId }, tunnel) {
      const held = tunnels.get(integrationId);
      held?.delete(tunnel);
      if (held?.size === 0) tunnels.delete(integrationId);
      byId.delete(tunnel.id);
      lostAt.set(integrationId, Date.now());
      for (const [id, at] of lostAt) if (Date.now() - at > returningMs) lostAt.delete(id);
    },

    pick: async (integrationId, isExcluded) => pickHeld(integrationId, isExcluded),
    pickHeld,
    heldFor,
    hasReady: async (integrationId, isExcluded) =>
      heldFor(integrationId).some((tunnel) => isReady(tunnel) && !isExcluded?.(nameOf(tunnel))),
    clientsOf: async (integrationId) => groupByClient(heldFor(integrationId).map(describeTunnel)),
    isReturning: async (integrationId) =>
      tunnels.has(integrationId) || Date.now() - (lostAt.get(integrationId) ?? 0) < returningMs,
    isUsed: async (tokenId) =>
      [...byId.values()].some((held) => held.tokenId === tokenId && held.tunnel.isOpen),
    find: (tunnelId) => byId.get(tunnelId)?.tunnel,
  };
}

function nameOf({ id, client }: ClientConnection) {
  return { id, clientId: client.clientId };
}

function leastBusy(tunnels: ClientConnection[]): ClientConnection | undefined {
  // Sorting is stable: among equals the one that waited longest comes first.
  return tunnels.sort((a, b) => rank(a) - rank(b))[0];
}

/** A suspect or agentless client comes after every ready one, however busy that is. */
function rank(tunnel: ClientConnection): number {
  return tunnel.inFlight + (isReady(tunnel) ? 0 : Number.MAX_SAFE_INTEGER / 2);
}

function isReady(tunnel: ClientConnection): boolean {
  return !tunnel.isSuspect && tunnel.status?.agent !== null;
}

/** One tunnel as people are told about it. */
export function describeTunnel(tunnel: ClientConnection): ConnectedClient {
  return {
    clientId: tunnel.client.clientId,
    version: tunnel.client.version,
    connectedAt: tunnel.connectedAt,
    isSuspect: tunnel.isSuspect,
    slots: tunnel.status?.agent?.slots,
    tunnels: 1,
  };
}

/** Joins the tunnels of one client into one line, in the order in which the clients came. */
export function groupByClient(tunnels: readonly ConnectedClient[]): ConnectedClient[] {
  const clients = new Map<string, ConnectedClient>();
  for (const tunnel of tunnels) {
    const known = clients.get(tunnel.clientId);
    const joined = known && {
      ...known,
      connectedAt: known.connectedAt < tunnel.connectedAt ? known.connectedAt : tunnel.connectedAt,
      isSuspect: known.isSuspect && tunnel.isSuspect,
      slots: known.slots ?? tunnel.slots,
      tunnels: known.tunnels + 1,
    };
    clients.set(tunnel.clientId, joined ?? tunnel);
  }
  return [...clients.values()];
}
