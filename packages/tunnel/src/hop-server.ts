import { once } from 'node:events';
import { constants, createServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import type { Logger, Secret } from '@plimsoll/runtime';
import { failureHeaders, readHop, withoutHop, type HopRequest } from './hop-wire.ts';
import type { Carrier } from './request.ts';
import { hopSessionOptions, sessionLimits } from './session-limits.ts';
import { TunnelError } from './tunnel-error.ts';

export type HopServerOptions = {
  readonly key: Secret;
  readonly host?: string;
  readonly port: number;
  /** One of the tunnels that this process holds itself: a request that came by a hop never takes another one. */
  readonly find: (tunnelId: string) => Carrier | undefined;
  readonly log: Logger;
};

export type HopServer = {
  readonly port: number;
  /** Takes no new requests and lets those under way finish for at most `graceMs`. */
  stop(graceMs: number): Promise<void>;
};

/** Takes requests of other replicas for the tunnels held here. */
export async function serveHops(options: HopServerOptions): Promise<HopServer> {
  const { key, find, log } = options;
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer(hopSessionOptions);
  const answer = (request: Http2ServerRequest, response: Http2ServerResponse) => {
    const hop = readHop(key, { method: request.method, path: request.url, headers: request.headers });
    if (!hop) {
      log.warn({ remoteAddress: request.socket.remoteAddress }, 'hop refused: it is not signed with our key');
      response.writeHead(401).end();
      return;
    }
    void passOn(find(hop.tunnelId), hop, request, response).catch((error: unknown) => {
      log.error({ err: error }, 'hop failed');
      response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    });
  };
  server.on('request', answer);
  server.on('checkContinue', answer);
  server.on('session', (session) => {
    session.setLocalWindowSize(sessionLimits.sessionWindowBytes);
    session.on('error', () => undefined);
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  server.on('sessionError', () => undefined);
  server.listen(options.port, options.host);
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    async stop(graceMs) {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const session of sessions) session.close();
      const timer = setTimeout(() => {
        for (const session of sessions) session.destroy();
      }, graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

async function passOn(
  carrier: Carrier | undefined,
  { limits, mayMove }: HopRequest,
  request: Http2ServerRequest,
  response: Http2ServerResponse,
): Promise<void> {
  const { stream } = response;
  const gone = new AbortController();
  stream.once('close', () => gone.abort(new Error('the asking replica gave up')));
  // The other replica sends the body when we say so, and that is when the client says so.
  const hasBody = request.headers.expect !== undefined;
  try {
    if (!carrier) throw new TunnelError('no-connection', 'the tunnel is not held here');
    const answer = await carrier.request({
      method: request.method,
      path: request.url,
      headers: withoutHop(request.headers),
      ...limits,
      ...(hasBody && { body: copyOf(request), onContinue: () => response.writeContinue() }),
      ...(mayMove && { mayMove: async () => true }),
      signal: gone.signal,
    });
    if (stream.destroyed) {
      answer.body.destroy();
      return;
    }
    stream.respond({ ...withoutHop(answer.headers), ':status': answer.status });
    answer.body.on('error', (error) => stream.destroy(error));
    answer.body.pipe(stream);
  } catch (error) {
    if (gone.signal.aborted || stream.destroyed) return;
    if (!(error instanceof TunnelError)) throw error;
    response.writeHead(502, failureHeaders(error)).end();
  }
}

/** A stream of its own: the tunnel destroys its source, and with the request itself goes the way to answer it. */
function copyOf(request: Http2ServerRequest): PassThrough {
  const copy = request.pipe(new PassThrough());
  copy.on('error', () => undefined);
  request.stream.once('close', () => {
    if (!request.stream.readableEnded) copy.destroy(new Error('the asking replica is gone'));
  });
  return copy;
}
