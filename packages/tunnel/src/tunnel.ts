import { randomUUID } from 'node:crypto';
import { connect, type ClientHttp2Session } from 'node:http2';
import type { ClientStatus } from '@plimsoll/contracts';
import { openExchange, type Exchange } from './exchange.ts';
import type { Link } from './link.ts';
import type { ClientConnection, TunnelClient, TunnelRequest, TunnelResponse } from './request.ts';
import { sessionLimits, sessionOptions } from './session-limits.ts';
import { TunnelError } from './tunnel-error.ts';

/** Time that the last requests of a used-up connection get to finish. */
const exhaustedGraceMs = 60_000;

/** The accepting end of a tunnel: sends requests to the client that dialled. */
export class Tunnel implements ClientConnection {
  readonly id = randomUUID();
  readonly connectedAt = new Date();
  readonly client: TunnelClient;
  /** What the client last told of itself and its agent; undefined until it answered for the first time. */
  status: ClientStatus | undefined;
  /** Settles when the tunnel is gone, whoever ended it. */
  readonly closed: Promise<void>;

  readonly #link: Link;
  readonly #session: ClientHttp2Session;
  /** Requests that wait for the headers of their answer and may move to another client. */
  readonly #movable = new Map<Exchange, () => Promise<boolean>>();
  #inFlight = 0;
  #isLost = false;
  #isSuspect = false;

  /** @param link open. */
  constructor(link: Link, client: TunnelClient) {
    this.client = client;
    this.#link = link;
    this.#session = connect('http://tunnel', { createConnection: () => link.duplex, ...sessionOptions });
    this.#session.on('connect', () => {
      // The link may be gone in the same turn in which it opened.
      if (!this.#session.destroyed) this.#session.setLocalWindowSize(sessionLimits.sessionWindowBytes);
    });
    // Every request in flight gets its own error; the session's adds nothing.
    this.#session.on('error', () => this.terminate());
    this.#session.on('frameError', () => this.terminate());
    this.closed = new Promise((resolve) => {
      link.onClosed(() => {
        this.#isLost = true;
        this.#session.destroy();
        resolve();
      });
    });
  }

  /** Whether requests can be sent; false once either end has begun to close. */
  get isOpen(): boolean {
    return !this.#isGone && !this.#session.closed;
  }

  /** Requests that wait for the end of their answer. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** The client missed its last heartbeat: others are asked first, and what can move to them does. */
  get isSuspect(): boolean {
    return this.#isSuspect;
  }

  set isSuspect(isSuspect: boolean) {
    this.#isSuspect = isSuspect;
    if (!isSuspect) return;
    for (const [exchange, mayMove] of this.#movable) void moveOn(exchange, mayMove);
  }

  /**
   * Sends a request and resolves at the answer's headers. The request is bound to this tunnel: when the tunnel is
   * lost it fails at once.
   * @throws {TunnelError} or the signal's reason.
   */
  async request(request: TunnelRequest): Promise<TunnelResponse> {
    request.signal?.throwIfAborted();
    const exchange = this.#open(request);
    this.#inFlight += 1;
    exchange.stream.once('close', () => {
      this.#inFlight -= 1;
    });
    const { mayMove } = request;
    if (!mayMove) return exchange.response;
    this.#movable.set(exchange, mayMove);
    if (this.#isSuspect) void moveOn(exchange, mayMove);
    try {
      return await exchange.response;
    } finally {
      this.#movable.delete(exchange);
    }
  }

  /** Takes no new requests, lets those under way finish for at most `graceMs`, then closes the link. */
  async drain(graceMs: number): Promise<void> {
    const timer = setTimeout(() => this.terminate(), graceMs);
    if (!this.#session.closed) this.#session.close();
    await this.closed;
    clearTimeout(timer);
  }

  /** Closes at once with a WebSocket close code (RFC 6455, 7.4); what is under way fails. */
  close(code: number, reason: string): void {
    this.#isLost = true;
    this.#link.close(code, reason);
    this.#session.destroy();
  }

  /** Ends the connection without a word. */
  terminate(): void {
    this.#isLost = true;
    this.#link.terminate();
  }

  get #isGone(): boolean {
    return this.#isLost || this.#session.destroyed;
  }

  #open(request: TunnelRequest): Exchange {
    if (!this.isOpen) throw new TunnelError('no-connection', 'the tunnel takes no new requests');
    try {
      return openExchange(this.#session, request, () => this.#isGone);
    } catch (error) {
      // A connection has 2^30 requests in it; the client dials a new one.
      if ((error as NodeJS.ErrnoException).code === 'ERR_HTTP2_OUT_OF_STREAMS')
        void this.drain(exhaustedGraceMs);
      if (this.isOpen) throw error;
      throw new TunnelError('no-connection', 'the tunnel takes no new requests', { cause: error });
    }
  }
}

async function moveOn(exchange: Exchange, mayMove: () => Promise<boolean>): Promise<void> {
  if (await mayMove().catch(() => false)) exchange.abandon();
}
