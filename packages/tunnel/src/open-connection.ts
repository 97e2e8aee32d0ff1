import type { DialOptions } from './dial.ts';
import type { Link, Transport } from './link.ts';
import { openPolling } from './open-polling.ts';
import { openWebSocket } from './open-web-socket.ts';
import type { PlatformIntroduction } from './platform-answer.ts';

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

export type ConnectionListener = {
  /** The platform answered, whatever it answered. */
  readonly onAnswer: (platform: PlatformIntroduction) => void;
  /** Gets the link the moment it opens. */
  readonly onOpen: (link: Link, transport: Transport) => void;
};

/** From dialling to the open link: name, proxy, TLS and the platform's answer; milliseconds. */
export const handshakeTimeoutMs = 15_000;

/**
 * Opens a link once, by the transport that is asked for, and resolves when it is gone.
 * @param avoid replicas that this client is connected with already, and where this tunnel would add nothing.
 */
export async function openConnection(
  options: DialOptions,
  avoid: readonly string[],
  signal: AbortSignal,
  listener: ConnectionListener,
): Promise<ConnectionEnd> {
  const { transport = 'websocket' } = options;
  if (transport === 'polling') return openPolling(options, avoid, signal, listener);
  const end = await openWebSocket(options, avoid, signal, listener);
  if (transport !== 'auto' || end.wasOpen || end.isByPlatform || signal.aborted) return end;
  // No platform answered: either nothing does, or something between lets no WebSocket through.
  const polled = await openPolling(options, avoid, signal, listener);
  return polled.wasOpen || polled.isByPlatform ? polled : end;
}
