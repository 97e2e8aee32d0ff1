import { pollingPath } from '@plimsoll/tunnel';
import type { FastifyPluginCallback } from 'fastify';
import type { BrokerServer } from './broker-server.ts';

/** Where tunnels come and go as requests, of clients that no WebSocket gets through to; each proves itself. */
export function pollingRoutes(broker: Pick<BrokerServer, 'poll'>): FastifyPluginCallback {
  return (app, _options, done) => {
    // What arrives is bounded by whoever takes it.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, payload, parsed) => parsed(null, payload));
    const options = { config: { isPublic: true }, bodyLimit: Number.MAX_SAFE_INTEGER };
    for (const url of [pollingPath, `${pollingPath}/:link`]) {
      app.all(url, options, (request, reply) => {
        reply.hijack();
        void broker.poll(request.raw, reply.raw);
      });
    }
    done();
  };
}
