import type { Agent } from 'node:http';
import {
  createServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import { clientStatusPath, tunnelHeaders } from '@plimsoll/contracts';
import type { Backoff, Logger, Secret } from '@plimsoll/runtime';
import { HeldTunnels } from './held-tunnels.ts';
import { keepTunnel } from './keep-tunnel.ts';
import type { Transport } from './link.ts';
import { sessionOptions } from './session-limits.ts';

/** Answers one request that came through a tunnel. */
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
  readonly tls?: {
    readonly ca?: string[];
    readonly rejectUnauthorized?: boolean;
    /** The certificate chain and its key (PEM) by which the platform knows this client, besides its token. */
    readonly cert?: string;
    readonly key?: string;
  };
  /**
   * What carries the tunnels. `auto`: a WebSocket, and long polling where no platform answers to that; each dial begins
   * with the WebSocket again. A WebSocket only, unless told.
   */
  readonly transport?: Transport | 'auto';
  /** Most tunnels at once; more than one are held only to different replicas of the platform. Two unless told. */
  readonly maxTunnels?: number;
  /** Told how many tunnels are open each time one opens or is lost. */
  readonly onChange?: (open: number) => void;
  readonly pingEveryMs?: number;
  /** Between tries after a failure or a loss; full jitter. */
  readonly backoff?: Backoff;
  /** Between tries after the platform refused the token: asking often does not make it valid. */
  readonly refusedBackoff?: Backoff;
};

/** How the dialling end is. `open`: at least one tunnel is; `refused`: the platform did not accept the token. */
export type DialerState = 'connecting' | 'open' | 'waiting' | 'refused' | 'stopped';

export type Dialer = {
  readonly state: DialerState;
  /** How many tunnels are open. */
  readonly open: number;
  /** What carries them; while none is open, what is tried first. */
  readonly transport: Transport;
  /** Takes no new requests, lets those under way finish for at most `graceMs`, closes, and does not dial again. */
  stop(graceMs: number): Promise<void>;
};

const defaultMaxTunnels = 2;

/**
 * Keeps a tunnel open to the platform, for ever, and serves the requests that come through it. Where the platform
 * says that it has several replicas, a second tunnel is held to another one of them.
 */
export function dial(options: DialOptions): Dialer {
  const stopping = new AbortController();
  const held = new HeldTunnels((open) => options.onChange?.(open));
  const server = createRequestServer(options, held);
  const keepers = Array.from({ length: options.maxTunnels ?? defaultMaxTunnels }, (_, place) =>
    keepTunnel({ options, held, server, place, signal: stopping.signal }),
  );
  return {
    get state() {
      return stopping.signal.aborted ? 'stopped' : held.state;
    },
    get open() {
      return held.open;
    },
    get transport() {
      return held.transport ?? (options.transport === 'polling' ? 'polling' : 'websocket');
    },
    async stop(graceMs) {
      stopping.abort();
      await held.close(graceMs);
      await Promise.all(keepers);
    },
  };
}

function createRequestServer({ handle, log }: DialOptions, held: HeldTunnels): Http2Server {
  const server = createServer(sessionOptions);
  server.on('request', async (request, response) => {
    if (request.url === clientStatusPath) held.learnReplicas(Number(request.headers[tunnelHeaders.replicas]));
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
