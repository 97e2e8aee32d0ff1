import type { Duplex } from 'node:stream';

/** The connection under a tunnel, whatever carries it. */
export type Link = {
  /** The bytes, both ways. To be written to once the link is open; its end closes the link. */
  readonly duplex: Duplex;
  /** Calls the listener when the link is gone, with why, for people. */
  onClosed(listener: (reason: string) => void): void;
  /** Closes with a WebSocket close code (RFC 6455, 7.4), whatever carries the link. */
  close(code: number, reason: string): void;
  /** Ends it without a word. */
  terminate(): void;
};

/** What can carry a tunnel: a WebSocket, or ordinary requests that wait for their answer. */
export type Transport = 'websocket' | 'polling';

/** With what code and words an end closes a link that it has no more use for. */
export type Farewell = { readonly code: number; readonly reason: string };

/** Of the end that accepts tunnels, and of the one that dials. */
export const farewells = {
  platform: { code: 1012, reason: 'service restart' },
  client: { code: 1001, reason: 'client stops' },
} as const;
