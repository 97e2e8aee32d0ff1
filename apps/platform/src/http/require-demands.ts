import type { FastifyInstance, RouteOptions } from 'fastify';
import type { Demand } from './authorize.ts';

/** Where the API is; what else is served are the page's files and what probes ask. */
const api = /^\/(?:rest|v1|v2|api|broker)\//;

/** Refuses to register a route of the API that neither demands something of its caller nor says that it is public. */
export function requireDemands(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    if (api.test(route.url) && !route.config?.isPublic && demandOf(route) === undefined) {
      throw new Error(`${String(route.method)} ${route.url} has no authorize hook and is not public`);
    }
  });
}

/** What a route demands of its caller; undefined for public ones. */
export function demandOf(route: Pick<RouteOptions, 'preHandler'>): Demand | undefined {
  const hooks: readonly object[] = [route.preHandler ?? []].flat();
  for (const hook of hooks) if ('demand' in hook) return hook.demand as Demand;
  return undefined;
}
