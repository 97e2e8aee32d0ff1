import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import type { Readable } from 'node:stream';
import type { ClientStatus } from '@plimsoll/contracts';

/** Limits of a request that names none of its own. */
export const requestDefaults = {
  headersTimeoutMs: 60_000,
  idleTimeoutMs: 60_000,
  maxBodyBytes: 16 * 1024 * 1024,
} as const;

export type TunnelRequest = {
  readonly method: string;
  /** Path and query, beginning with `/`. */
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  /** Sent only once the client says that it takes the request: until then no agent can have seen it. */
  readonly body?: Uint8Array | string | Readable;
  readonly signal?: AbortSignal;
  /** Longest wait for the answer's headers, from the last byte of the request's body that was taken. */
  readonly headersTimeoutMs?: number;
  /** Longest silence inside the answer's body while somebody reads it. */
  readonly idleTimeoutMs?: number;
  readonly maxBodyBytes?: number;
  /** Told when the client takes the request, before any of the body is sent. */
  readonly onContinue?: () => void;
  /** Whether another client could take the request; asked when this one turns out to be suspect. */
  readonly mayMove?: () => Promise<boolean>;
};

export type TunnelResponse = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Must be read or destroyed. Fails with a TunnelError when it does not arrive whole. */
  readonly body: Readable;
};

/** Who dialled. */
export type TunnelClient = { readonly clientId: string; readonly version: string };

/** What can carry a request to a client: a tunnel, or the way to the replica that holds it. */
export type Carrier = {
  /** Of the tunnel. */
  readonly id: string;
  readonly client: TunnelClient;
  request(request: TunnelRequest): Promise<TunnelResponse>;
};

/** A connected client, however it is connected: what the directory chooses from. */
export type ClientConnection = Carrier & {
  readonly connectedAt: Date;
  readonly status: ClientStatus | undefined;
  readonly isSuspect: boolean;
  readonly isOpen: boolean;
  readonly inFlight: number;
  readonly closed: Promise<void>;
  /** Takes no new requests, lets those under way finish for at most `graceMs`, then closes. */
  drain(graceMs: number): Promise<void>;
  /** Closes at once with a WebSocket close code (RFC 6455, 7.4); what is under way fails. */
  close(code: number, reason: string): void;
  /** Ends the connection without a word. */
  terminate(): void;
};

/** Methods that may be repeated although the first try may have been carried out (RFC 9110, 9.2.2). */
const idempotentMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** Whether a request may be sent again although an agent may have seen it. A streamed body cannot be. */
export function isRepeatable({ method, body }: TunnelRequest): boolean {
  const isWhole = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
  return isWhole && idempotentMethods.has(method.toUpperCase());
}
