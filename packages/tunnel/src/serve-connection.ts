import type { Http2Server, ServerHttp2Session } from 'node:http2';
import { farewells, type Link } from './link.ts';
import { sessionLimits } from './session-limits.ts';

/** An open connection whose requests are served. */
export type ServedConnection = {
  /** Settles when the platform begins to close it: it sends no new requests, those under way go on. */
  readonly draining: Promise<void>;
  /** Takes no new requests, lets those under way finish for at most `graceMs`, and closes. */
  close(graceMs: number): Promise<void>;
};

/** Serves the requests that come through an open link. */
export function serveConnection(server: Http2Server, link: Link): ServedConnection {
  let session: ServerHttp2Session | undefined;
  const draining = Promise.withResolvers<void>();
  const closed = new Promise<void>((resolve) => link.onClosed(() => resolve()));
  server.once('session', (opened) => {
    session = opened;
    opened.setLocalWindowSize(sessionLimits.sessionWindowBytes);
    opened.once('goaway', () => draining.resolve());
  });
  server.emit('connection', link.duplex);
  return {
    draining: draining.promise,
    async close(graceMs) {
      const timer = setTimeout(() => link.terminate(), graceMs);
      if (session) session.close();
      else link.close(farewells.client.code, farewells.client.reason);
      await closed;
      clearTimeout(timer);
    },
  };
}
