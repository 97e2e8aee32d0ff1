import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { ClientStatus } from '@plimsoll/contracts';
import type { Logger, Metrics } from '@plimsoll/runtime';
import {
  acceptTunnels,
  type ClientConnection,
  type ConnectedClient,
  type Replica,
  type TunnelDirectory,
} from '@plimsoll/tunnel';
import type { FastifyPluginCallback } from 'fastify';
import type { Peer } from '../http/peer.ts';
import type { TokenGuard } from '../integrations/token-guard.ts';
import { hashToken } from '../organizations/tokens.ts';
import { openDoor, type RelayCallback } from './door/open-door.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { createAgentClient, type AgentClient } from './agent-client.ts';
import { askClient } from './ask-client.ts';

/** Whose broker token it is. */
export type BrokerIdentity = {
  readonly integrationId: string;
  readonly tokenId: string;
  /** Where it may be used from; anywhere unless told. */
  readonly guard?: TokenGuard;
  /** Whether unmodified clients of the deployed broker may use it; they may unless told. */
  readonly takesDeployedClients?: boolean;
};

/** Whose token a connection was opened with, and from where. */
export type HeldIdentity = BrokerIdentity & {
  readonly tokenHash: Buffer;
  readonly peer: Peer;
  /** Came through the door for clients of the deployed broker. */
  readonly isDeployed?: boolean;
};

export type BrokerServerDeps = {
  readonly directory: TunnelDirectory;
  /** Which replica of the platform this is; the only one unless told. */
  readonly replica?: Replica;
  /**
   * Finds a token by its SHA-256. The token itself is compared with nothing, so how long the search takes tells
   * nothing about any valid token.
   */
  verifyToken(tokenHash: Buffer): Promise<BrokerIdentity | undefined>;
  /** Tells who dials. */
  peerOf(request: IncomingMessage): Peer;
  /** Why a token is not taken from a peer, although it is valid; undefined when it is. */
  refusalOf?(identity: BrokerIdentity, peer: Peer): string | undefined;
  /** Told when a client connects and every minute while it stays connected. */
  onSeen(integrationId: string): Promise<void>;
  /** Where callbacks go that come from deployed clients; without it the door for these stays shut. */
  readonly relayCallback?: RelayCallback;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** How often the token of an open tunnel is checked again, milliseconds. */
  readonly recheckEveryMs?: number;
};

export type BrokerServer = {
  readonly agentClient: AgentClient;
  /** The routes of the door for deployed clients. */
  readonly doorRoutes: FastifyPluginCallback | undefined;
  /** Accepts tunnels on a server's `upgrade` event. */
  attach(server: Server): void;
  /** Answers a request of a client that polls, because no WebSocket gets through to it. */
  poll(request: IncomingMessage, response: ServerResponse): Promise<void>;
  clientsOf(integrationId: string): Promise<ConnectedClient[]>;
  /** What a client of the integration tells of itself now; undefined when none does. */
  statusOf(integrationId: string, signal: AbortSignal): Promise<ClientStatus | undefined>;
  /** Closes the tunnels of an integration, or those opened with one token. Returns how many. */
  disconnect(integrationOrTokenId: string): number;
  /** Has the tunnels of a token that another has replaced end: what is under way in them may finish. */
  retire(tokenId: string): void;
  /** Checks the tokens of open tunnels again: those of an integration, that of one token, or all. */
  recheck(integrationOrTokenId?: string): Promise<void>;
  /** Whether a client is connected with this token, here or at another replica. */
  isTokenUsed(tokenId: string): Promise<boolean>;
  /** Whose token it is, when it is valid and it may be used from where the request comes. */
  admit(token: string, request: IncomingMessage): Promise<BrokerIdentity | undefined>;
  /** Refuses new tunnels and lets the requests under way finish for at most `graceMs`. */
  stop(graceMs: number): Promise<void>;
};

/** A revoked token ends its tunnels at most this late, also when nothing was heard of the replica that revoked it. */
const defaultRecheckEveryMs = 60_000;

/** Longest that what is under way in the tunnels of a replaced token may take, milliseconds. */
const retireGraceMs = 60_000;

/** WebSocket close code of a policy violation (RFC 6455, 7.4.1). */
const revokedCloseCode = 1008;

/** Accepts the tunnels of broker clients and calls the agents behind them. */
export function createBrokerServer(deps: BrokerServerDeps): BrokerServer {
  const { directory, log, metrics } = deps;
  const open = new Map<ClientConnection, HeldIdentity>();
  // After a restart thousands of clients are back in the same second.
  const seen = oneAtATime((integrationId) => deps.onSeen(integrationId));
  const retiring = new WeakSet<ClientConnection>();
  const tunnelsOpen = metrics.gauge('plimsoll_tunnels_open', 'Tunnels that this process holds.');
  const callSeconds = metrics.histogram(
    'plimsoll_agent_call_seconds',
    'Time of calls to agents through the tunnel.',
    [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    ['route', 'outcome'],
  );

  /** Whose token it is, when it may be used from where the request comes. */
  async function admit(token: string, request: IncomingMessage): Promise<HeldIdentity | undefined> {
    const tokenHash = hashToken(token);
    const peer = deps.peerOf(request);
    const identity = await admitFrom(tokenHash, peer);
    return identity && { ...identity, tokenHash, peer };
  }

  async function admitFrom(tokenHash: Buffer, peer: Peer): Promise<BrokerIdentity | undefined> {
    const identity = await deps.verifyToken(tokenHash);
    const refusal = identity && deps.refusalOf?.(identity, peer);
    if (!identity || refusal === undefined) return identity;
    const { integrationId, tokenId } = identity;
    log.warn(
      { integrationId, tokenId, reason: refusal },
      'broker token refused: it may not be used from there',
    );
    return undefined;
  }

  const acceptor = acceptTunnels<HeldIdentity>({
    log,
    ...(deps.replica && { replica: deps.replica }),
    authenticate: admit,
    mayContinue: (identity, request) => deps.refusalOf?.(identity, deps.peerOf(request)) === undefined,
    onTunnel: accept,
  });

  const door =
    deps.relayCallback && openDoor({ admit: admitDeployed, accept, relayCallback: deps.relayCallback, log });

  async function admitDeployed(token: string, request: IncomingMessage): Promise<HeldIdentity | undefined> {
    const identity = await admit(token, request);
    return identity && takesDeployed(identity) ? { ...identity, isDeployed: true } : undefined;
  }

  function takesDeployed({ integrationId, takesDeployedClients = true }: BrokerIdentity): boolean {
    if (!takesDeployedClients)
      log.warn({ integrationId }, 'deployed client refused: its organization takes none');
    return takesDeployedClients;
  }

  function accept(tunnel: ClientConnection, identity: HeldIdentity): void {
    void hold(tunnel, identity).catch((error: unknown) => {
      log.error({ err: error, integrationId: identity.integrationId }, 'tunnel could not be registered');
      tunnel.terminate();
    });
  }

  async function hold(tunnel: ClientConnection, identity: HeldIdentity): Promise<void> {
    const { integrationId, tokenId } = identity;
    const fields = { integrationId, tokenId, tunnelId: tunnel.id, ...tunnel.client };
    open.set(tunnel, identity);
    tunnelsOpen.set(open.size);
    const recheck = setInterval(
      () => void checkAgain(tunnel, identity),
      deps.recheckEveryMs ?? defaultRecheckEveryMs,
    );
    const registered = directory.register({ integrationId, tokenId }, tunnel);
    void tunnel.closed.then(async () => {
      clearInterval(recheck);
      open.delete(tunnel);
      tunnelsOpen.set(open.size);
      log.info({ ...fields, openMs: Date.now() - tunnel.connectedAt.getTime() }, 'tunnel closed');
      try {
        await registered.catch(() => undefined);
        await directory.unregister({ integrationId, tokenId }, tunnel);
      } catch (error) {
        log.warn({ ...fields, err: error }, 'tunnel could not be signed off');
      }
    });
    await registered;
    log.info(fields, 'tunnel open');
    // Once more, now that `disconnect` can find it: the token may have been revoked since it was checked.
    await checkAgain(tunnel, identity);
  }

  async function checkAgain(
    tunnel: ClientConnection,
    { integrationId, tokenHash, peer, isDeployed = false }: HeldIdentity,
  ): Promise<void> {
    try {
      const identity = await admitFrom(tokenHash, peer);
      if (identity && !(isDeployed && !takesDeployed(identity))) await seen(integrationId);
      else if (!retiring.has(tunnel)) revoke(tunnel);
    } catch (error) {
      // The database is away: what is connected stays so, and is checked again.
      log.warn({ err: error, integrationId }, 'broker token could not be checked again');
    }
  }

  /** Those of an integration, that of one token, or all. */
  function openOf(id: string | undefined): [ClientConnection, HeldIdentity][] {
    return [...open].filter(
      ([, { integrationId, tokenId }]) => id === undefined || id === integrationId || id === tokenId,
    );
  }

  function revoke(tunnel: ClientConnection): void {
    tunnel.close(revokedCloseCode, 'the broker token is not valid any more');
  }

  return {
    agentClient: createAgentClient(directory, (route, outcome, seconds) =>
      callSeconds.observe({ route, outcome }, seconds),
    ),
    doorRoutes: door?.routes,
    attach: (server) => acceptor.attach(server, door?.upgrade),
    poll: (request, response) => acceptor.poll(request, response),
    clientsOf: (integrationId) => directory.clientsOf(integrationId),
    statusOf: (integrationId, signal) => askClient(directory, integrationId, signal),
    disconnect(id) {
      const tunnels = openOf(id);
      for (const [tunnel] of tunnels) revoke(tunnel);
      return tunnels.length;
    },
    retire(tokenId) {
      for (const [tunnel] of openOf(tokenId)) {
        retiring.add(tunnel);
        void tunnel.drain(retireGraceMs);
      }
    },
    async recheck(id) {
      await Promise.all(openOf(id).map(([tunnel, identity]) => checkAgain(tunnel, identity)));
    },
    isTokenUsed: (tokenId) => directory.isUsed(tokenId),
    admit,
    async stop(graceMs) {
      await Promise.all([acceptor.stop(graceMs), door?.stop(graceMs)]);
    },
  };
}
