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
  /** 401 or 403 when the platform refused the token. */
  readonly refusedStatus?: number;
};

/** From dialling to the open socket: name, proxy, TLS and the platform's answer. */
const handshakeTimeoutMs = 15_000;

/** Opens the WebSocket once and resolves when it is gone. `onOpen` gets it, with its byte stream, the moment it opens. */
export function openConnection(
  options: DialOptions,
  signal: AbortSignal,
  onOpen: (socket: WebSocket, duplex: Duplex) => void,
): Promise<ConnectionEnd> {
  const socket = new WebSocket(tunnelUrl(options.url), tunnelSubprotocol, {
    headers: {
      authorization: `Bearer ${options.token.reveal()}`,
      [tunnelHeaders.clientId]: options.clientId,
      [tunnelHeaders.clientVersion]: options.version,
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
  let refusedStatus: number | undefined;

  socket.on('open', () => {
    openedAt = performance.now();
    onOpen(socket, duplex);
  });
  socket.on('unexpected-response', (request: ClientRequest, response: IncomingMessage) => {
    const status = response.statusCode ?? 0;
    if (status === 401 || status === 403) refusedStatus = status;
    reason = `the platform answered ${status} instead of opening a tunnel`;
    request.destroy();
    socket.terminate();
  });
  socket.on('error', (error) => {
    reason ||= (error as NodeJS.ErrnoException).code ?? error.message;
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
        ...(refusedStatus === undefined ? {} : { refusedStatus }),
      });
    });
  });
}

function tunnelUrl(platform: string): string {
  const url = new URL(platform);
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
  url.pathname = url.pathname.replace(/\/+$/, '') + tunnelPath;
  url.search = '';
  return url.href;
}
