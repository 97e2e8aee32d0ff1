import { checkHealth, type HealthCheck, type Metrics } from '@plimsoll/runtime';
import type { FastifyPluginAsync } from 'fastify';

/** What probes ask: `/healthcheck` is the process alive, `/readyz` can it work, `/metrics` what does it count. */
export function probeRoutes(deps: {
  checks: Readonly<Record<string, HealthCheck>>;
  metrics: Metrics;
  version: string;
}): FastifyPluginAsync {
  const config = { isPublic: true };
  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    app.get('/healthcheck', { config }, () => ({ ok: true, version: deps.version }));
    app.get('/readyz', { config }, async (_request, reply) => {
      const health = await checkHealth(deps.checks);
      return reply.code(health.ok ? 200 : 503).send(health);
    });
    app.get('/metrics', { config }, async (_request, reply) =>
      reply.type(deps.metrics.registry.contentType).send(await deps.metrics.registry.metrics()),
    );
  };
}
