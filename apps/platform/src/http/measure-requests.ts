import type { Metrics } from '@plimsoll/runtime';
import type { FastifyInstance } from 'fastify';

/** Measures every request by its route's pattern, never by its path, and logs it for us. */
export function measureRequests(app: FastifyInstance, metrics: Metrics): void {
  const seconds = metrics.histogram(
    'plimsoll_http_request_duration_seconds',
    'Duration of HTTP requests by route and status',
    [0.005, 0.025, 0.1, 0.5, 2.5, 10],
    ['method', 'route', 'status'],
  );
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    const labels = { method: request.method, route, status: String(reply.statusCode) };
    seconds.observe(labels, reply.elapsedTime / 1000);
    request.log.debug({ ...labels, ms: Math.round(reply.elapsedTime) }, 'request answered');
    done();
  });
}
