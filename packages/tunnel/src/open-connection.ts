import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { tunnelHeaders, tunnelPath, tunnelSubprotocol } from '@plimsoll/contracts';
import { WebSocket } from 'ws';
import type { DialOptions } from './dial.ts';
import { maxMessageBytes, webSocketDuplex } from './web-socket-duplex.ts';

/** How one try to hold a tunnel ended. */
export type ConnectionEnd = {
  readonly wasOpen: boolean;
  /** How long the tunnel was open, milliseconds. */
  readonly openMs: number;
  readonly reason: string;
  /** The status of a platform, or of what stands before it, that opened no tunnel. */
  readonly status?: number;
  /** Whether it was a platform that refused, and no balancer or proxy. */
  readonly isByPlatform: boolean;
};

/** What a platform tells of itself when it answers a dial; undefined when it tells nothing. */
export type PlatformIntroduction = {
  readonly replicaId: string | undefined;
  /** How many replicas take tunnels. */
  readonly replicas: number | undefined;
};

/** From dialling to the open socket: name, proxy, TLS and the platform's answer. */
const handshakeTimeoutMs = 15_000;

export type ConnectionListener = {
  /** The platform answered, whatever it answered. */
  readonly onAnswer: (platform: PlatformIntroduction) => void;
  /** Gets the socket, with its byte stream, the moment it opens. */
  readonly onOpen: (socket: WebSocket, duplex: Duplex) => void;
};

/**
 * Opens the WebSocket once and resolves when it is gone.
 * @param avoid replicas that this client is connected with already, and where this tunnel would add nothing.
 */
export function openConnection(
  options: DialOptions,
  avoid: readonly string[],
  signal: AbortSignal,
  { onAnswer, onOpen }: ConnectionListener,
): Promise<ConnectionEnd> {
  const socket = new WebSocket(tunnelUrl(options.url), tunnelSubprotocol, {
    headers: {
      authorization: `Bearer ${options.token.reveal()}`,
      [tunnelHeaders.clientId]: options.clientId,
      [tunnelHeaders.clientVersion]: options.version,
      ...(avoid.length > 0 && { [tunnelHeaders.avoid]: avoid.join(',') }),
    },
    handshakeTimeout: handshakeTimeoutMs,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
    ...(options.agent ? { agent: options.agent } : {}),
    ...options.tls,
  });
  const duplex = webSocketDuplex(socket, { code: 1001, reason: 'client stops' });
  let openedAt: number | undefined;
  let reason = '';
  let status: number | undefined;
  let isByPlatform = false;

  socket.on('upgrade', (response) => onAnswer(introductionOf(response)));
  socket.on('open', () => {
    openedAt = performance.now();
    onOpen(socket, duplex);
  });
  socket.on('unexpected-response', (request: ClientRequest, response: IncomingMessage) => {
    status = response.statusCode ?? 0;
    isByPlatform = tunnelHeaders.replica in response.headers;
    onAnswer(introductionOf(response));
    reason = refusalOf(status, options.url);
    request.destroy();
    socket.terminate();
  });
  socket.on('error', (error) => {
    reason ||= failureOf(error);
  });
  const onAbort = () => {
    if (openedAt === undefined) socket.terminate();
  };
  signal.addEventListener('abort', onAbort, { once: true });

  return new Promise((resolve) => {
    socket.on('close', (code, text) => {
      signal.removeEventListener('abort', onAbort);
      resolve({
        wasOpen: openedAt !== undefined,
        openMs: openedAt === undefined ? 0 : Math.round(performance.now() - openedAt),
        reason: reason || `closed with ${code} ${text.toString()}`.trim(),
        isByPlatform,
        ...(status === undefined ? {} : { status }),
      });
    });
  });
}

/** Messages of a proxy's refusal may quote its address, which may hold a password: only the status is taken from them. */
function failureOf(error: NodeJS.ErrnoException & { readonly statusCode?: number }): string {
  if (error.code !== 'ERR_PROXY_TUNNEL') return error.code ?? error.message;
  const { statusCode: status = 'no status' } = error;
  if (status === 407)
    return 'the proxy answered 407: HTTPS_PROXY needs the name and the password that it wants';
  return `the proxy answered ${status}: it lets nobody through to the platform`;
}

/** RFC 9110, 15.5.22: what a platform says to a dial that arrives as an ordinary request. */
const upgradeRequiredStatus = 426;

function refusalOf(status: number, platform: string): string {
  if (status !== upgradeRequiredStatus) return `the platform answered ${status} instead of opening a tunnel`;
  const { host } = new URL(platform);
  return (
    `a proxy or firewall between lets no WebSocket through: it removed the upgrade from the request. Have WebSockets ` +
    `to ${host} allowed there, or the host exempted from the inspection of TLS`
  );
}

function introductionOf({ headers }: IncomingMessage): PlatformIntroduction {
  const replicaId = headers[tunnelHeaders.replica];
  const replicas = Number(headers[tunnelHeaders.replicas]);
  return {
    replicaId: typeof replicaId === 'string' && replicaId !== '' ? replicaId : undefined,
    replicas: Number.isInteger(replicas) && replicas > 0 ? replicas : undefined,
  };
}

function tunnelUrl(platform: string): string {
  const url = new URL(platform);
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
  url.pathname = url.pathname.replace(/\/+$/, '') + tunnelPath;
  url.search = '';
  return url.href;
}
