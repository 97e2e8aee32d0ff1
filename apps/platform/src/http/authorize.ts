import type { FastifyRequest, preHandlerAsyncHookHandler } from 'fastify';
import { permissionsOf, type Permission } from '../organizations/permissions.ts';
import type { Principal } from '../organizations/principal.ts';
import { ApiProblem, notFound } from './api-problem.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; absent when the request carries no valid credential. */
    principal: Principal | undefined;
  }
}

/** What a route demands: a permission in the organization of its path, or just somebody who is signed in. */
export type Demand = Permission | 'signed-in';

/** Makes the hook that lets a request through to a route. */
export type Authorize = (demand: Demand) => preHandlerAsyncHookHandler & { readonly demand: Demand };

/**
 * Refuses requests without a valid credential (401), requests for organizations the caller does not belong to (404),
 * and what the caller's role there does not allow: 404 where it may not even read, else 403.
 */
export const authorize: Authorize = (demand) => {
  // oxlint-disable-next-line require-await -- fastify takes a promise for the end of the hook
  const check = async (request: FastifyRequest) => {
    const principal = request.principal;
    if (!principal) throw new ApiProblem('unauthorized', 'A valid token or session is required');
    if (demand === 'signed-in') return;
    const org = orgOf(request);
    const role = principal.roles.get(org);
    if (role === undefined) throw notFound(`Organization ${org}`);
    if (permissionsOf(role).has(demand)) return;
    if (request.method === 'GET') throw notFound(`${request.url.split('?')[0]}`);
    throw new ApiProblem('forbidden', `This needs the permission ${demand}`);
  };
  return Object.assign(check, { demand });
};

/**
 * Demands a permission in another organization than that of the path, which the body of a request names.
 * @throws {ApiProblem} `not-found` where the caller does not belong to it, `forbidden` where its role does not allow it.
 */
export function demandIn(request: FastifyRequest, orgId: string, permission: Permission): void {
  const role = principalOf(request).roles.get(orgId);
  if (role === undefined) throw notFound(`Organization ${orgId}`);
  if (!permissionsOf(role).has(permission))
    throw new ApiProblem('forbidden', `This needs the permission ${permission} in organization ${orgId}`);
}

/** The caller of a route that has an `authorize` hook. */
export function principalOf(request: FastifyRequest): Principal {
  if (!request.principal) throw new Error(`${request.routeOptions.url} has no authorize hook`);
  return request.principal;
}

/** The organization is the parameter after `/orgs/` (REST) or `/org/` (v1), whatever a route calls it. */
function orgOf(request: FastifyRequest): string {
  const name = /\/orgs?\/:([a-zA-Z_]+)/.exec(request.routeOptions.url ?? '')?.[1];
  if (!name) throw new Error(`${request.routeOptions.url} demands a permission but names no organization`);
  return (request.params as Record<string, string>)[name] ?? '';
}
