import type { FastifyInstance, onRequestHookHandler, RouteOptions } from 'fastify';
import type { Demand } from './authorize.ts';

/** Where the API is; what else is served are the page's files and what probes ask. */
const api = /^\/(?:rest|v1|v2|api|broker)\//;

/**
 * Refuses to register a route of the API that neither demands something of its caller nor says that it is public, and
 * has the demand checked before anything of the request is read: a caller who may not is told so, whatever else is
 * wrong with the request.
 */
export function requireDemands(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    demandEvent(route);
    const hooks = [route.preHandler ?? []].flat();
    const demands = hooks.filter((hook) => 'demand' in hook);
    if (demands.length === 0) {
      if (!api.test(route.url) || route.config?.isPublic) return;
      throw new Error(`${String(route.method)} ${route.url} has no authorize hook and is not public`);
    }
    route.preHandler = hooks.filter((hook) => !('demand' in hook));
    route.onRequest = [route.onRequest ?? [], demands as onRequestHookHandler[]].flat();
  });
}

/** What a documented route changes is in the audit log: its `config.audit` names the event, see `audit/note-change.ts`. */
function demandEvent({ url, method, schema, config }: RouteOptions): void {
  const isDocumented = schema?.summary !== undefined;
  if (!isDocumented || ['GET', 'HEAD'].includes(String(method)) || config?.audit !== undefined) return;
  throw new Error(
    `${String(method)} ${url} names no event for the audit log: set config.audit and call noteChange`,
  );
}

/** What a route demands of its caller; undefined for public ones. */
export function demandOf(route: Pick<RouteOptions, 'onRequest'>): Demand | undefined {
  const hooks: readonly object[] = [route.onRequest ?? []].flat();
  for (const hook of hooks) if ('demand' in hook) return hook.demand as Demand;
  return undefined;
}
