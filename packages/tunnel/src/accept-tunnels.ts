import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { tunnelHeaders, tunnelPath, tunnelSubprotocol } from '@plimsoll/contracts';
import type { Logger } from '@plimsoll/runtime';
import { WebSocketServer } from 'ws';
import { acceptPolling, type Admission } from './accept-polling.ts';
import { farewells, type Link } from './link.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
import { Tunnel } from './tunnel.ts';
import { statusEveryMs, watchStatus } from './watch-status.ts';
import { maxMessageBytes } from './web-socket-duplex.ts';
import { webSocketLink } from './web-socket-link.ts';

export type AcceptOptions<Identity> = {
  /** Whose token it is; undefined refuses it. An error answers 503, and the client tries again. */
  authenticate(token: string, request: IncomingMessage): Promise<Identity | undefined>;
  /** Whether a request of a client that polls comes from where its token may be used; it does unless told. */
  mayContinue?(identity: Identity, request: IncomingMessage): boolean;
  /** Gets each tunnel when it is open and ready for requests. */
  onTunnel(tunnel: Tunnel, identity: Identity): void;
  readonly log: Logger;
  /** Which replica of the platform this is, among how many that take tunnels. The only one unless told. */
  readonly replica?: Replica;
  readonly pingEveryMs?: number;
  /** How often a client is asked for its status; the answer doubles as heartbeat. */
  readonly statusEveryMs?: number;
};

export type Replica = { readonly id: string; count(): number };

/** Takes an upgrade, or answers false. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;

export type TunnelAcceptor = {
  /** Accepts tunnels on a server's `upgrade` event. `others` may take upgrades of other paths. */
  attach(server: Server, others?: UpgradeHandler): void;
  /** Answers requests to `pollingPath` and below it: tunnels of clients that no WebSocket gets through to. */
  poll(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Refuses new tunnels and drains the open ones. */
  stop(graceMs: number): Promise<void>;
};

/** Longest header value taken over from a client, characters. */
const maxHeaderLength = 128;

/** Accepts tunnels that broker clients dial. */
export function acceptTunnels<Identity>(options: AcceptOptions<Identity>): TunnelAcceptor {
  const { log, replica = { id: randomUUID(), count: () => 1 } } = options;
  const tunnels = new Set<Tunnel>();
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
    handleProtocols: () => tunnelSubprotocol,
  });
  let isStopping = false;

  const introduction = () => ({
    [tunnelHeaders.replica]: replica.id,
    [tunnelHeaders.replicas]: String(replica.count()),
  });
  const introductionLines = () => Object.entries(introduction()).map(([name, value]) => `${name}: ${value}`);
  sockets.on('headers', (headers) => headers.push(...introductionLines()));
  const refuse = (socket: Duplex, status: number, message: string) =>
    refuseUpgrade(socket, status, message, introductionLines());

  async function admit(request: IncomingMessage): Promise<Admission<Identity>> {
    const token = tokenOf(request);
    if (isStopping) return { status: 503, message: 'the platform is stopping' };
    if (!token) return { status: 401, message: 'the authorization header holds no broker token' };
    let identity: Identity | undefined;
    try {
      identity = await options.authenticate(token, request);
    } catch (error) {
      log.error({ err: error }, 'broker token could not be checked');
      return { status: 503, message: 'the token could not be checked now' };
    }
    if (identity === undefined) {
      log.warn({ remoteAddress: request.socket.remoteAddress }, 'broker token refused');
      return { status: 401, message: 'the broker token is not valid' };
    }
    if (avoids(request, replica.id)) {
      return { status: 421, message: 'this client holds a tunnel to this replica already' };
    }
    if (isStopping) return { status: 503, message: 'the platform is stopping' };
    return { identity, token };
  }

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Until ws takes over, a connection that breaks would be an unhandled error.
    const ignore = () => undefined;
    socket.on('error', ignore);
    if (tokenOf(request) && !offers(request, tunnelSubprotocol)) {
      return refuse(socket, 400, `the only tunnel spoken here is ${tunnelSubprotocol}`);
    }
    const admission = await admit(request);
    if (!('identity' in admission)) return refuse(socket, admission.status, admission.message);
    if (socket.destroyed) return;
    socket.off('error', ignore);
    sockets.handleUpgrade(request, socket, head, (webSocket) =>
      open(webSocketLink(webSocket, farewells.platform, options.pingEveryMs), request, admission.identity),
    );
  }

  function open(link: Link, request: IncomingMessage, identity: Identity): void {
    const tunnel = new Tunnel(link, {
      clientId: headerOf(request, tunnelHeaders.clientId),
      version: headerOf(request, tunnelHeaders.clientVersion),
    });
    tunnels.add(tunnel);
    void tunnel.closed.then(() => tunnels.delete(tunnel));
    options.onTunnel(tunnel, identity);
    void watchStatus(tunnel, options.statusEveryMs ?? statusEveryMs, () => replica.count());
  }

  const poll = acceptPolling<Identity>({
    admit,
    tokenOf,
    mayContinue: (identity, request) => options.mayContinue?.(identity, request) ?? true,
    open,
    introduction,
    holdMs: options.pingEveryMs,
  });

  return {
    attach(server, others) {
      server.on('upgrade', (request, socket, head) => {
        if (request.url?.split('?', 1)[0] === tunnelPath) void upgrade(request, socket, head);
        else if (others?.(request, socket, head)) return;
        else if (server.listenerCount('upgrade') === 1) refuseUpgrade(socket, 404, 'nothing to upgrade here');
      });
    },
    async poll(request, response) {
      try {
        await poll(request, response);
      } catch (error) {
        // The request broke off; its client makes it again.
        log.debug({ err: error }, 'poll of a broker client failed');
        response.destroy();
      }
    },
    async stop(graceMs) {
      isStopping = true;
      await Promise.all([...tunnels].map((tunnel) => tunnel.drain(graceMs)));
    },
  };
}

function tokenOf(request: IncomingMessage): string | undefined {
  return /^Bearer (\S{1,4096})$/i.exec(request.headers.authorization ?? '')?.[1];
}

function offers(request: IncomingMessage, subprotocol: string): boolean {
  const offered = request.headers['sec-websocket-protocol'] ?? '';
  return offered.split(',').some((name) => name.trim() === subprotocol);
}

function avoids(request: IncomingMessage, replicaId: string): boolean {
  const avoided = request.headers[tunnelHeaders.avoid];
  return typeof avoided === 'string' && avoided.split(',').includes(replicaId);
}

function headerOf(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value.slice(0, maxHeaderLength) : 'unknown';
}
