import type { AuditEvent } from '@plimsoll/contracts';
import type { FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { Principal } from '../organizations/principal.ts';
import { addEntries } from './audit-store.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the audit log calls a request of this route; false for a route that changes nothing although it is no GET. */
    audit?: AuditEvent | false;
  }
}

/** What was changed. `before` and `after` hold the attributes that the change concerns, and never a secret. */
export type Change = {
  readonly resource: {
    readonly type: string;
    readonly id?: string | undefined;
    readonly name?: string | undefined;
  };
  readonly projectId?: string;
  readonly before?: object | undefined;
  readonly after?: object | undefined;
};

/**
 * Notes in the audit log what a request changes, in the transaction that changes it. The route's `config.audit` names
 * the event; the organization is the one of its path unless told.
 */
export async function noteChange(
  transaction: Kysely<Database>,
  request: FastifyRequest,
  change: Change,
  options: { readonly orgId?: string } = {},
): Promise<void> {
  const { principal } = request;
  if (!principal) throw new Error(`${request.routeOptions.url} has no authorize hook`);
  const orgId = options.orgId ?? (request.params as { org_id?: string }).org_id;
  if (orgId === undefined) throw new Error(`${request.routeOptions.url} names no organization`);
  await addEntries(transaction, [{ ...entryOf(request, principal, change), org_id: orgId }]);
}

/** Notes what a person changes about itself, in each of its organizations. `event` unless the route's is meant. */
export async function notePersonal(
  transaction: Kysely<Database>,
  request: FastifyRequest,
  principal: Principal,
  change: Change,
  event?: AuditEvent,
): Promise<void> {
  const entry = entryOf(request, principal, change, event);
  const orgIds = principal.roles.size > 0 ? [...principal.roles.keys()] : [null];
  await addEntries(
    transaction,
    orgIds.map((orgId) => ({ ...entry, org_id: orgId })),
  );
}

/** Notes what a person changes by a public route, which asks nobody who it is. */
export async function noteAs(
  transaction: Kysely<Database>,
  request: FastifyRequest,
  principal: Principal,
  change: Change,
  orgId: string,
): Promise<void> {
  await addEntries(transaction, [{ ...entryOf(request, principal, change), org_id: orgId }]);
}

/** Notes what a job changes, in the transaction that changes it. `actor` is the module: `sync`. */
export async function noteOfSystem(
  transaction: Kysely<Database>,
  { orgId, actor, event }: { readonly orgId: string; readonly actor: string; readonly event: AuditEvent },
  change: Change,
): Promise<void> {
  await addEntries(transaction, [
    {
      ...columnsOf(change),
      org_id: orgId,
      event,
      actor_kind: 'system',
      actor_id: null,
      actor_name: actor,
      token_id: null,
      token_name: null,
      address: null,
      request_id: null,
    },
  ]);
}

function entryOf(request: FastifyRequest, principal: Principal, change: Change, event?: AuditEvent) {
  const { audit } = request.routeOptions.config;
  const name = event ?? audit;
  if (!name)
    throw new Error(`${request.method} ${request.routeOptions.url} names no event for the audit log`);
  return {
    ...columnsOf(change),
    event: name,
    actor_kind: principal.kind,
    actor_id: principal.id,
    actor_name: principal.name,
    token_id: principal.personalToken?.id ?? null,
    token_name: principal.personalToken?.name ?? null,
    address: request.ip,
    request_id: request.id,
  };
}

function columnsOf({ resource, projectId, before, after }: Change) {
  return {
    resource_type: resource.type,
    resource_id: resource.id ?? null,
    resource_name: resource.name ?? null,
    project_id: projectId ?? null,
    before: before === undefined ? null : JSON.stringify(before),
    after: after === undefined ? null : JSON.stringify(after),
  };
}
