import { connect, type ClientHttp2Session } from 'node:http2';
import type { Secret } from '@plimsoll/runtime';
import { openExchange } from './exchange.ts';
import { hopHeaders, readFailure, withoutHop } from './hop-wire.ts';
import type { TunnelRequest, TunnelResponse } from './request.ts';
import { hopSessionOptions, sessionLimits } from './session-limits.ts';
import { TunnelError } from './tunnel-error.ts';

/** Longest time until a replica in the same network has accepted a connection, milliseconds. */
const connectTimeoutMs = 2_000;

/** How often a replica that owes answers is asked whether it lives; one silent for so long is lost. */
const pingEveryMs = 5_000;

/** A replica that could not be reached is tried again after so long, milliseconds. */
const failedMs = 1_000;

/** A connection over which nothing went for so long is closed, milliseconds. */
const idleMs = 60_000;

/** Ways to the other replicas of a platform. */
export type Hops = {
  /**
   * Sends a request through a tunnel that another replica holds.
   * @param url where that replica takes hops, `http://host:port`.
   * @throws {TunnelError} as `Tunnel.request` does, `no-connection` also when the replica cannot be reached; or the
   * signal's reason.
   */
  request(url: string, tunnelId: string, request: TunnelRequest): Promise<TunnelResponse>;
  close(): void;
};

/** Makes the ways to other replicas; a connection is opened when it is first needed and shared by all requests. */
export function openHops(key: Secret): Hops {
  const sessions = new Map<string, Promise<ClientHttp2Session>>();

  function sessionOf(url: string): Promise<ClientHttp2Session> {
    const known = sessions.get(url);
    if (known) return known;
    const opening: Promise<ClientHttp2Session> = openSession(url, () => {
      if (sessions.get(url) === opening) sessions.delete(url);
    });
    sessions.set(url, opening);
    // For a moment the failure stands for further requests: they would wait for the same.
    opening.catch(() => setTimeout(() => sessions.delete(url), failedMs).unref());
    return opening;
  }

  return {
    async request(url, tunnelId, request) {
      request.signal?.throwIfAborted();
      const session = await sessionOf(url);
      const mayMove = (await request.mayMove?.()) ?? false;
      request.signal?.throwIfAborted();
      const isGone = () => session.destroyed;
      if (session.closed || session.destroyed) throw unreachable();
      const headers = hopHeaders(key, tunnelId, request, mayMove);
      const { response } = openExchange(session, { ...request, headers }, isGone);
      const answer = await response;
      const failure = readFailure(answer.headers);
      if (!failure) return { ...answer, headers: withoutHop(answer.headers) };
      answer.body.destroy();
      throw failure;
    },
    close() {
      for (const opening of sessions.values()) {
        opening.then(
          (session) => session.close(),
          () => undefined,
        );
      }
    },
  };
}

function openSession(url: string, onClose: () => void): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const session = connect(url, hopSessionOptions);
    const timer = setTimeout(() => session.destroy(), connectTimeoutMs);
    let isAlive = true;
    let isOpen = false;
    const ping = setInterval(() => {
      if (!isAlive) return session.destroy();
      isAlive = false;
      session.ping(() => {
        isAlive = true;
      });
    }, pingEveryMs).unref();
    session.once('connect', () => {
      clearTimeout(timer);
      isOpen = true;
      session.setLocalWindowSize(sessionLimits.sessionWindowBytes);
      session.setTimeout(idleMs, () => session.close());
      resolve(session);
    });
    session.on('error', () => undefined);
    session.once('goaway', onClose);
    session.once('close', () => {
      clearTimeout(timer);
      clearInterval(ping);
      if (isOpen) onClose();
      else reject(unreachable());
    });
  });
}

function unreachable(): TunnelError {
  return new TunnelError('no-connection', 'the replica that holds the tunnel cannot be reached');
}
