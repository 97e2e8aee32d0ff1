import type { Agent } from 'node:http';
import {
  createServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import { backoffDelayMs, wait, type Backoff, type Logger, type Secret } from '@plimsoll/runtime';
import { keepAlive } from './keep-alive.ts';
import { openConnection, type ConnectionEnd } from './open-connection.ts';
import { sessionLimits, sessionOptions } from './session-limits.ts';

/** Answers one request that came through the tunnel. */
export type RequestHandler = (
  request: Http2ServerRequest,
  response: Http2ServerResponse,
) => Promise<void> | void;

export type DialOptions = {
  /** Where the platform is, `https://host[:port][/base]`. */
  readonly url: string;
  readonly token: Secret;
  readonly clientId: string;
  readonly version: string;
  readonly handle: RequestHandler;
  readonly log: Logger;
  /** Makes the connection to the platform, for example through a proxy. */
  readonly agent?: Agent;
  readonly tls?: { readonly ca?: string[]; readonly rejectUnauthorized?: boolean };
  /** Told each time the tunnel opens or is lost. */
  readonly onChange?: (isOpen: boolean) => void;
  readonly pingEveryMs?: number;
  /** Between tries after a failure or a loss; full jitter. */
  readonly backoff?: Backoff;
  /** Between tries after the platform refused the token: asking often does not make it valid. */
  readonly refusedBackoff?: Backoff;
};

/** How the dialling end of a tunnel is. `refused`: the platform did not accept the token. */
export type DialerState = 'connecting' | 'open' | 'waiting' | 'refused' | 'stopped';

export type Dialer = {
  readonly state: DialerState;
  /** Takes no new requests, lets those under way finish for at most `graceMs`, closes, and does not dial again. */
  stop(graceMs: number): Promise<void>;
};

const defaultBackoff: Backoff = { firstMs: 100, capMs: 30_000 };
const defaultRefusedBackoff: Backoff = { firstMs: 30_000, capMs: 300_000 };

/** A connection that lasted this long was a good one: the next loss begins again at the shortest delay. */
const goodConnectionMs = 30_000;

/** Keeps a tunnel open to the platform, for ever, and serves the requests that come through it. */
export function dial(options: DialOptions): Dialer {
  const { log } = options;
  // An address may hold a password; its origin does not.
  const platform = new URL(options.url).origin;
  const stopping = new AbortController();
  const server = createRequestServer(options);
  let state: DialerState = 'connecting';
  let close: ((graceMs: number) => Promise<void>) | undefined;

  async function connectOnce(): Promise<ConnectionEnd> {
    state = 'connecting';
    return openConnection(options, stopping.signal, (socket, duplex) => {
      state = 'open';
      keepAlive(socket, options.pingEveryMs);
      server.once('session', (session) => {
        session.setLocalWindowSize(sessionLimits.sessionWindowBytes);
        close = (graceMs) =>
          new Promise((resolve) => {
            const timer = setTimeout(() => socket.terminate(), graceMs);
            socket.once('close', () => {
              clearTimeout(timer);
              resolve();
            });
            session.close();
          });
      });
      server.emit('connection', duplex);
      log.info({ platform }, 'tunnel open');
      options.onChange?.(true);
    });
  }

  async function keepConnected(): Promise<void> {
    let failures = 0;
    let refusals = 0;
    while (!stopping.signal.aborted) {
      const end = await connectOnce();
      close = undefined;
      if (end.wasOpen) options.onChange?.(false);
      if (stopping.signal.aborted) break;
      if (end.wasOpen) refusals = 0;
      if (end.openMs >= goodConnectionMs) failures = 0;
      const isRefused = end.refusedStatus !== undefined;
      state = isRefused ? 'refused' : 'waiting';
      const delayMs = isRefused
        ? refusedDelayMs(options.refusedBackoff ?? defaultRefusedBackoff, refusals++)
        : backoffDelayMs(options.backoff ?? defaultBackoff, failures++);
      logEnd(end, delayMs);
      await wait(delayMs, stopping.signal).catch(() => undefined);
    }
    state = 'stopped';
  }

  function logEnd(end: ConnectionEnd, retryInMs: number): void {
    const fields = { platform, reason: end.reason, retryInMs };
    if (end.refusedStatus !== undefined) {
      log.error(
        { ...fields, status: end.refusedStatus },
        'broker token refused: it is wrong or was revoked, set BROKER_TOKEN to the one of this integration',
      );
    } else if (end.wasOpen) log.warn({ ...fields, openMs: end.openMs }, 'tunnel lost');
    else log.warn(fields, 'tunnel could not be opened');
  }

  const running = keepConnected();
  return {
    get state() {
      return state;
    },
    async stop(graceMs) {
      stopping.abort();
      await close?.(graceMs);
      await running;
    },
  };
}

/** Half the delay is kept: a refused client never asks in a hot loop, whatever the jitter. */
function refusedDelayMs(backoff: Backoff, attempt: number): number {
  const half = { firstMs: backoff.firstMs / 2, capMs: backoff.capMs / 2 };
  return backoffDelayMs(half, attempt, () => 1) + backoffDelayMs(half, attempt);
}

function createRequestServer({ handle, log }: DialOptions): Http2Server {
  const server = createServer(sessionOptions);
  server.on('request', async (request, response) => {
    try {
      await handle(request, response);
    } catch (error) {
      if (!response.stream || response.stream.destroyed) return;
      log.error({ err: error }, 'request from the tunnel failed');
      if (response.headersSent) response.stream.close();
      else response.writeHead(500).end();
    }
  });
  // The loss of the connection is logged once, by the dialler.
  server.on('sessionError', () => undefined);
  return server;
}
