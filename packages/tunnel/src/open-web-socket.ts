import type { ClientRequest, IncomingMessage } from 'node:http';
import { tunnelHeaders, tunnelPath, tunnelSubprotocol } from '@plimsoll/contracts';
import { WebSocket } from 'ws';
import type { DialOptions } from './dial.ts';
import { farewells } from './link.ts';
import { handshakeTimeoutMs, type ConnectionEnd, type ConnectionListener } from './open-connection.ts';
import { belowPlatform, dialHeaders, failureOf, introductionOf } from './platform-answer.ts';
import { maxMessageBytes } from './web-socket-duplex.ts';
import { webSocketLink } from './web-socket-link.ts';

/**
 * Opens the WebSocket once and resolves when it is gone.
 * @param avoid replicas that this client is connected with already, and where this tunnel would add nothing.
 */
export function openWebSocket(
  options: DialOptions,
  avoid: readonly string[],
  signal: AbortSignal,
  { onAnswer, onOpen }: ConnectionListener,
): Promise<ConnectionEnd> {
  const socket = new WebSocket(tunnelUrl(options.url), tunnelSubprotocol, {
    headers: dialHeaders(options, avoid),
    handshakeTimeout: handshakeTimeoutMs,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
    ...(options.agent ? { agent: options.agent } : {}),
    ...options.tls,
  });
  const link = webSocketLink(socket, farewells.client, options.pingEveryMs);
  let openedAt: number | undefined;
  let reason = '';
  let status: number | undefined;
  let isByPlatform = false;

  socket.on('upgrade', (response) => onAnswer(introductionOf(response.headers)));
  socket.on('open', () => {
    openedAt = performance.now();
    onOpen(link, 'websocket');
  });
  socket.on('unexpected-response', (request: ClientRequest, response: IncomingMessage) => {
    status = response.statusCode ?? 0;
    isByPlatform = tunnelHeaders.replica in response.headers;
    onAnswer(introductionOf(response.headers));
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
    link.onClosed((closedWith) => {
      signal.removeEventListener('abort', onAbort);
      resolve({
        wasOpen: openedAt !== undefined,
        openMs: openedAt === undefined ? 0 : Math.round(performance.now() - openedAt),
        reason: reason || closedWith,
        isByPlatform,
        ...(status === undefined ? {} : { status }),
      });
    });
  });
}

/** RFC 9110, 15.5.22: what a platform says to a dial that arrives as an ordinary request. */
const upgradeRequiredStatus = 426;

function refusalOf(status: number, platform: string): string {
  if (status !== upgradeRequiredStatus) return `the platform answered ${status} instead of opening a tunnel`;
  const { host } = new URL(platform);
  return (
    `a proxy or firewall between lets no WebSocket through: it removed the upgrade from the request. Have WebSockets ` +
    `to ${host} allowed there, or the host exempted from the inspection of TLS; or set BROKER_TRANSPORT=auto, which ` +
    `falls back to long polling`
  );
}

function tunnelUrl(platform: string): string {
  const url = belowPlatform(platform, tunnelPath);
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
  return url.href;
}
