import { randomUUID } from 'node:crypto';
import {
  constants,
  connect,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import type { Duplex, Readable } from 'node:stream';
import type { ClientStatus } from '@plimsoll/contracts';
import type { WebSocket } from 'ws';
import { cancelStream } from './cancel-stream.ts';
import { ResponseBody } from './response-body.ts';
import { sessionLimits, sessionOptions } from './session-limits.ts';
import { TunnelError } from './tunnel-error.ts';

/** Limits of a request that names none of its own. */
export const requestDefaults = {
  headersTimeoutMs: 60_000,
  idleTimeoutMs: 60_000,
  maxBodyBytes: 16 * 1024 * 1024,
} as const;

/** Time that the last requests of a used-up connection get to finish. */
const exhaustedGraceMs = 60_000;

export type TunnelRequest = {
  readonly method: string;
  /** Path and query, beginning with `/`. */
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Uint8Array | string | Readable;
  readonly signal?: AbortSignal;
  /** Longest wait for the answer's headers, the sending of the request included. */
  readonly headersTimeoutMs?: number;
  /** Longest silence inside the answer's body while somebody reads it. */
  readonly idleTimeoutMs?: number;
  readonly maxBodyBytes?: number;
};

export type TunnelResponse = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Must be read or destroyed. Fails with a TunnelError when it does not arrive whole. */
  readonly body: Readable;
};

/** What can carry a request to a client: a tunnel, or the way to the replica that holds it. */
export type Carrier = { request(request: TunnelRequest): Promise<TunnelResponse> };

/** Who dialled. */
export type TunnelClient = { readonly clientId: string; readonly version: string };

/** A connected client, however it is connected: what the directory chooses from. */
export type ClientConnection = Carrier & {
  readonly id: string;
  readonly connectedAt: Date;
  readonly client: TunnelClient;
  readonly status: ClientStatus | undefined;
  readonly isSuspect: boolean;
  readonly isOpen: boolean;
  readonly inFlight: number;
  readonly closed: Promise<void>;
  /** Closes at once with a WebSocket close code (RFC 6455, 7.4); what is under way fails. */
  close(code: number, reason: string): void;
  /** Ends the connection without a word. */
  terminate(): void;
};

/** The accepting end of a tunnel: sends requests to the client that dialled. */
export class Tunnel implements ClientConnection {
  readonly id = randomUUID();
  readonly connectedAt = new Date();
  readonly client: TunnelClient;
  /** What the client last told of itself and its agent; undefined until it answered for the first time. */
  status: ClientStatus | undefined;
  /** The client missed its last heartbeat; others are asked first. */
  isSuspect = false;
  /** Settles when the tunnel is gone, whoever ended it. */
  readonly closed: Promise<void>;

  readonly #socket: WebSocket;
  readonly #session: ClientHttp2Session;
  #inFlight = 0;
  #isLost = false;

  /** @param duplex made of `socket` by `webSocketDuplex`. */
  constructor(socket: WebSocket, duplex: Duplex, client: TunnelClient) {
    this.client = client;
    this.#socket = socket;
    this.#session = connect('http://tunnel', { createConnection: () => duplex, ...sessionOptions });
    this.#session.on('connect', () => this.#session.setLocalWindowSize(sessionLimits.sessionWindowBytes));
    // Every request in flight gets its own error; the session's adds nothing.
    this.#session.on('error', () => this.terminate());
    this.#session.on('frameError', () => this.terminate());
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
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

  /**
   * Sends a request and resolves at the answer's headers. The request is bound to this tunnel: when the tunnel is
   * lost it fails at once.
   * @throws {TunnelError} or the signal's reason.
   */
  async request(request: TunnelRequest): Promise<TunnelResponse> {
    const { signal, body } = request;
    signal?.throwIfAborted();
    const stream = this.#open(request);
    this.#inFlight += 1;
    stream.once('close', () => {
      this.#inFlight -= 1;
    });
    const explain = () => this.#explain(stream);
    const failure = { isLost: () => this.#isGone, explain };
    const limits = {
      idleTimeoutMs: request.idleTimeoutMs ?? requestDefaults.idleTimeoutMs,
      maxBodyBytes: request.maxBodyBytes ?? requestDefaults.maxBodyBytes,
      signal,
    };
    return new Promise<TunnelResponse>((resolve, reject) => {
      const headersTimeoutMs = request.headersTimeoutMs ?? requestDefaults.headersTimeoutMs;
      const timer = setTimeout(
        () => fail(new TunnelError('timeout', `no answer within ${headersTimeoutMs} ms`)),
        headersTimeoutMs,
      );
      let isSettled = false;
      const settle = () => {
        isSettled = true;
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      const fail = (error: unknown) => {
        settle();
        reject(error);
        cancelStream(stream);
      };
      const onAbort = () => fail(signal?.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      // The stream's own error says less than `explain`; `close` always follows it.
      stream.on('error', () => undefined);
      stream.once('close', () => {
        if (!isSettled) fail(explain());
      });
      stream.once('response', (headers) => {
        settle();
        const { ':status': status = 0, ...rest } = headers;
        resolve({ status, headers: rest, body: new ResponseBody(stream, limits, failure) });
      });
      send(stream, body, fail);
    });
  }

  /** Takes no new requests, lets those under way finish for at most `graceMs`, then closes the socket. */
  async drain(graceMs: number): Promise<void> {
    const timer = setTimeout(() => this.terminate(), graceMs);
    if (!this.#session.closed) this.#session.close();
    await this.closed;
    clearTimeout(timer);
  }

  /** Closes at once with a WebSocket close code (RFC 6455, 7.4); what is under way fails. */
  close(code: number, reason: string): void {
    this.#isLost = true;
    this.#socket.close(code, reason);
    this.#session.destroy();
  }

  /** Ends the connection without a word. */
  terminate(): void {
    this.#isLost = true;
    this.#socket.terminate();
  }

  get #isGone(): boolean {
    return this.#isLost || this.#session.destroyed;
  }

  #open({ method, path, headers, body }: TunnelRequest): ClientHttp2Stream {
    if (!this.isOpen) throw new TunnelError('no-connection', 'the tunnel takes no new requests');
    try {
      return this.#session.request(
        { ...headers, ':method': method, ':path': path },
        { endStream: body === undefined },
      );
    } catch (error) {
      // A connection has 2^30 requests in it; the client dials a new one.
      if ((error as NodeJS.ErrnoException).code === 'ERR_HTTP2_OUT_OF_STREAMS')
        void this.drain(exhaustedGraceMs);
      if (this.isOpen) throw error;
      throw new TunnelError('no-connection', 'the tunnel takes no new requests', { cause: error });
    }
  }

  #explain(stream: ClientHttp2Stream): TunnelError {
    if (stream.rstCode === constants.NGHTTP2_REFUSED_STREAM) {
      return new TunnelError('no-connection', 'the client takes no new requests');
    }
    return this.#isGone
      ? new TunnelError('client-disconnected', 'the tunnel was lost during the request')
      : new TunnelError('unreachable', 'the client cut the answer short');
  }
}

function send(stream: ClientHttp2Stream, body: TunnelRequest['body'], fail: (error: unknown) => void): void {
  if (body === undefined) return;
  if (typeof body === 'string' || body instanceof Uint8Array) {
    stream.end(body);
    return;
  }
  // Not `pipeline`: it destroys the stream in the same turn, and Node then loses the frame that cancels the exchange.
  body.on('error', fail);
  body.on('close', () => {
    if (!stream.writableEnded) fail(new Error('the source of the request body was closed'));
  });
  stream.on('close', () => body.destroy());
  body.pipe(stream);
}
