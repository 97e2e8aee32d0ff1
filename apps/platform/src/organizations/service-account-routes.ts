import {
  documentOf,
  pageOf,
  PageQuery,
  ServiceAccount,
  ServiceAccountPatch,
  ServiceAccountRequest,
} from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Database } from '../database/schema.ts';
import { noteChange } from '../audit/index.ts';
import { ApiProblem, notFound } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { readPosition } from '../http/cursor.ts';
import { documentFor, pageFor } from '../http/documents.ts';
import {
  addServiceAccount,
  findServiceAccount,
  listServiceAccounts,
  removeServiceAccount,
  renameServiceAccount,
  replaceServiceAccountToken,
  serviceAccountResource,
} from './service-account-store.ts';

const OrgParams = z.object({ org_id: z.uuid() });
const AccountParams = OrgParams.extend({ service_account_id: z.uuid() });
const path = '/rest/orgs/:org_id/service_accounts';

/** Token holders for automation. A token is shown once, in the answer that makes it. */
export function serviceAccountRoutes(deps: { db: Kysely<Database>; now: () => Date }): FastifyPluginAsync {
  const { db } = deps;
  const missing = () => notFound('The service account');

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.get(
      path,
      {
        preHandler: authorize('org.service_account.read'),
        schema: {
          summary: 'Service accounts',
          params: OrgParams,
          querystring: PageQuery,
          response: { 200: pageOf(ServiceAccount) },
        },
      },
      async (request) => {
        const list = ['service_accounts', request.params.org_id];
        const position = readPosition(request.query, list);
        const page = await listServiceAccounts(db, request.params.org_id, position, request.query.limit);
        const keyOf = (row: { created_at: Date; id: string }) => [row.created_at.toISOString(), row.id];
        return pageFor(request, list, page, keyOf, (row) => serviceAccountResource(row));
      },
    );

    api.post(
      path,
      {
        config: { audit: 'org.service_account.create' },
        preHandler: authorize('org.service_account.create'),
        schema: {
          summary: 'Make a service account',
          params: OrgParams,
          body: ServiceAccountRequest,
          response: { 201: documentOf(ServiceAccount) },
        },
      },
      async (request, reply) => {
        const { attributes } = request.body.data;
        const expiresAt = expiryOf(attributes, deps.now());
        const { row, token } = await db.transaction().execute(async (transaction) => {
          const made = await addServiceAccount(transaction, {
            orgId: request.params.org_id,
            name: attributes.name,
            authType: attributes.auth_type,
            role: attributes.role_id,
            expiresAt,
          });
          await noteChange(transaction, request, {
            resource: resourceOf(made.row),
            after: serviceAccountResource(made.row).attributes,
          });
          return made;
        });
        const self = `/rest/orgs/${row.org_id}/service_accounts/${row.id}`;
        return await reply.code(201).send(documentFor(request, serviceAccountResource(row, token), self));
      },
    );

    api.get(
      `${path}/:service_account_id`,
      {
        preHandler: authorize('org.service_account.read'),
        schema: {
          summary: 'One service account',
          params: AccountParams,
          response: { 200: documentOf(ServiceAccount) },
        },
      },
      async (request) => {
        const { org_id: orgId, service_account_id: id } = request.params;
        const row = await findServiceAccount(db, orgId, id);
        if (!row) throw missing();
        return documentFor(request, serviceAccountResource(row));
      },
    );

    api.patch(
      `${path}/:service_account_id`,
      {
        config: { audit: 'org.service_account.edit' },
        preHandler: authorize('org.service_account.edit'),
        schema: {
          summary: 'Rename a service account',
          params: AccountParams,
          body: ServiceAccountPatch,
          response: { 200: documentOf(ServiceAccount) },
        },
      },
      async (request) => {
        const { org_id: orgId, service_account_id: id } = request.params;
        const { name } = request.body.data.attributes;
        const row = await db.transaction().execute(async (transaction) => {
          const before = await findServiceAccount(transaction, orgId, id);
          const renamed = await renameServiceAccount(transaction, orgId, id, name);
          if (!before || !renamed) throw missing();
          await noteChange(transaction, request, {
            resource: resourceOf(renamed),
            before: { name: before.name },
            after: { name },
          });
          return renamed;
        });
        return documentFor(request, serviceAccountResource(row));
      },
    );

    api.post(
      `${path}/:service_account_id/secrets`,
      {
        config: { audit: 'org.service_account.secret.replace' },
        preHandler: authorize('org.service_account.edit'),
        schema: {
          summary: 'Replace the token of a service account',
          params: AccountParams,
          response: { 200: documentOf(ServiceAccount) },
        },
      },
      async (request) => {
        const { org_id: orgId, service_account_id: id } = request.params;
        const replaced = await db.transaction().execute(async (transaction) => {
          const made = await replaceServiceAccountToken(transaction, orgId, id);
          if (!made) throw missing();
          await noteChange(transaction, request, { resource: resourceOf(made.row) });
          return made;
        });
        return documentFor(request, serviceAccountResource(replaced.row, replaced.token));
      },
    );

    api.delete(
      `${path}/:service_account_id`,
      {
        config: { audit: 'org.service_account.delete' },
        preHandler: authorize('org.service_account.delete'),
        schema: {
          summary: 'Remove a service account',
          params: AccountParams,
          response: { 204: z.undefined() },
        },
      },
      async (request, reply) => {
        const { org_id: orgId, service_account_id: id } = request.params;
        await db.transaction().execute(async (transaction) => {
          const before = await findServiceAccount(transaction, orgId, id);
          if (!before || !(await removeServiceAccount(transaction, orgId, id))) throw missing();
          await noteChange(transaction, request, {
            resource: resourceOf(before),
            before: serviceAccountResource(before).attributes,
          });
        });
        return await reply.code(204).send();
      },
    );
  };
}

function resourceOf({ id, name }: { readonly id: string; readonly name: string }) {
  return { type: 'service_account', id, name };
}

function expiryOf(
  attributes: { auth_type: string; access_token_expires_at?: string | undefined },
  now: Date,
): Date | null {
  const text = attributes.access_token_expires_at;
  const source = { pointer: '/data/attributes/access_token_expires_at' };
  if (text === undefined) {
    if (attributes.auth_type !== 'access_token') return null;
    throw new ApiProblem('invalid', 'An access token needs a time at which it expires', { source });
  }
  const expiresAt = new Date(text);
  if (expiresAt <= now) throw new ApiProblem('invalid', 'must be in the future', { source });
  return expiresAt;
}
