import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { tunnelHeaders, tunnelPath, tunnelSubprotocol } from '@plimsoll/contracts';
import type { Logger } from '@plimsoll/runtime';
import { WebSocketServer, type WebSocket } from 'ws';
import { keepAlive } from './keep-alive.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
import { Tunnel } from './tunnel.ts';
import { statusEveryMs, watchStatus } from './watch-status.ts';
import { maxMessageBytes, webSocketDuplex } from './web-socket-duplex.ts';

export type AcceptOptions<Identity> = {
  /** Whose token it is; undefined refuses it. An error answers 503, and the client tries again. */
  authenticate(token: string, request: IncomingMessage): Promise<Identity | undefined>;
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

  const introduction = () => [
    `${tunnelHeaders.replica}: ${replica.id}`,
    `${tunnelHeaders.replicas}: ${replica.count()}`,
  ];
  sockets.on('headers', (headers) => headers.push(...introduction()));
  const refuse = (socket: Duplex, status: number, message: string) =>
    refuseUpgrade(socket, status, message, introduction());

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Until ws takes over, a connection that breaks would be an unhandled error.
    const ignore = () => undefined;
    socket.on('error', ignore);
    const token = /^Bearer (\S{1,4096})$/i.exec(request.headers.authorization ?? '')?.[1];
    if (isStopping) return refuse(socket, 503, 'the platform is stopping');
    if (!token) return refuse(socket, 401, 'the authorization header holds no broker token');
    if (!offers(request, tunnelSubprotocol)) {
      return refuse(socket, 400, `the only tunnel spoken here is ${tunnelSubprotocol}`);
    }
    let identity: Identity | undefined;
    try {
      identity = await options.authenticate(token, request);
    } catch (error) {
      log.error({ err: error }, 'broker token could not be checked');
      return refuse(socket, 503, 'the token could not be checked now');
    }
    if (identity === undefined) {
      log.warn({ remoteAddress: request.socket.remoteAddress }, 'broker token refused');
      return refuse(socket, 401, 'the broker token is not valid');
    }
    if (avoids(request, replica.id)) {
      return refuse(socket, 421, 'this client holds a tunnel to this replica already');
    }
    if (socket.destroyed) return;
    if (isStopping) return refuse(socket, 503, 'the platform is stopping');
    const accepted = identity;
    socket.off('error', ignore);
    sockets.handleUpgrade(request, socket, head, (webSocket) => open(webSocket, request, accepted));
  }

  function open(socket: WebSocket, request: IncomingMessage, identity: Identity): void {
    const duplex = webSocketDuplex(socket, { code: 1012, reason: 'service restart' });
    keepAlive(socket, options.pingEveryMs);
    const tunnel = new Tunnel(socket, duplex, {
      clientId: headerOf(request, tunnelHeaders.clientId),
      version: headerOf(request, tunnelHeaders.clientVersion),
    });
    tunnels.add(tunnel);
    void tunnel.closed.then(() => tunnels.delete(tunnel));
    options.onTunnel(tunnel, identity);
    void watchStatus(tunnel, options.statusEveryMs ?? statusEveryMs, () => replica.count());
  }

  return {
    attach(server, others) {
      server.on('upgrade', (request, socket, head) => {
        if (request.url?.split('?', 1)[0] === tunnelPath) void upgrade(request, socket, head);
        else if (others?.(request, socket, head)) return;
        else if (server.listenerCount('upgrade') === 1) refuseUpgrade(socket, 404, 'nothing to upgrade here');
      });
    },
    async stop(graceMs) {
      isStopping = true;
      await Promise.all([...tunnels].map((tunnel) => tunnel.drain(graceMs)));
    },
  };
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
