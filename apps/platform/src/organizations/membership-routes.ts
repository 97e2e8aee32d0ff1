import {
  documentOf,
  Membership,
  MembershipPatch,
  MembershipRequest,
  pageOf,
  PageQuery,
  type Role,
} from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { noteChange } from '../audit/index.ts';
import type { Database } from '../database/schema.ts';
import { ApiProblem, notFound } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { readPosition } from '../http/cursor.ts';
import { documentFor, pageFor } from '../http/documents.ts';
import {
  addMembership,
  changeMembership,
  findMembership,
  isPerson,
  listMemberships,
  type MembershipRow,
} from './membership-store.ts';
import { findPersonByEmail } from './session-store.ts';

const OrgParams = z.object({ org_id: z.uuid() });
const MemberParams = OrgParams.extend({ membership_id: z.uuid() });
const path = '/rest/orgs/:org_id/memberships';

/** The people of an organization, and what they may do there. */
export function membershipRoutes(db: Kysely<Database>): FastifyPluginAsync {
  const demandMember = async (reader: Kysely<Database>, orgId: string, id: string) => {
    const row = await findMembership(reader, orgId, id);
    if (!row) throw notFound('The member');
    return row;
  };
  const change = async (transaction: Kysely<Database>, orgId: string, id: string, role: Role | undefined) => {
    if (await changeMembership(transaction, orgId, id, role)) return;
    throw new ApiProblem('conflict', 'The organization would have no admin any more');
  };

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.get(
      path,
      {
        preHandler: authorize('org.membership.read'),
        schema: {
          summary: 'Members of an organization',
          params: OrgParams,
          querystring: PageQuery,
          response: { 200: pageOf(Membership) },
        },
      },
      async (request) => {
        const { org_id: orgId } = request.params;
        const list = ['memberships', orgId];
        const page = await listMemberships(db, orgId, readPosition(request.query, list), request.query.limit);
        return pageFor(request, list, page, (row) => [row.email, row.id], resourceOf(orgId));
      },
    );

    api.post(
      path,
      {
        config: { audit: 'org.member.add' },
        preHandler: authorize('org.membership.add'),
        schema: {
          summary: 'Add somebody who has an account',
          params: OrgParams,
          body: MembershipRequest,
          response: { 201: documentOf(Membership) },
        },
      },
      async (request, reply) => {
        const { org_id: orgId } = request.params;
        const { attributes, relationships } = request.body.data;
        const role = relationships.role.data.id;
        const row = await db.transaction().execute(async (transaction) => {
          const id = await personOf(transaction, relationships.user?.data.id, attributes?.email);
          if (!(await addMembership(transaction, orgId, id, role))) {
            throw new ApiProblem('conflict', 'The person is a member already');
          }
          const made = await demandMember(transaction, orgId, id);
          await noteChange(transaction, request, { resource: noted(made), after: { role } });
          return made;
        });
        const self = `/rest/orgs/${orgId}/memberships/${row.id}`;
        return await reply.code(201).send(documentFor(request, resourceOf(orgId)(row), self));
      },
    );

    api.patch(
      `${path}/:membership_id`,
      {
        config: { audit: 'org.member.edit' },
        preHandler: authorize('org.membership.edit'),
        schema: {
          summary: 'Give a member another role',
          params: MemberParams,
          body: MembershipPatch,
          response: { 200: documentOf(Membership) },
        },
      },
      async (request) => {
        const { org_id: orgId, membership_id: id } = request.params;
        const role = request.body.data.relationships.role.data.id;
        const row = await db.transaction().execute(async (transaction) => {
          const before = await demandMember(transaction, orgId, id);
          await change(transaction, orgId, id, role);
          await noteChange(transaction, request, {
            resource: noted(before),
            before: { role: before.role },
            after: { role },
          });
          return { ...before, role };
        });
        return documentFor(request, resourceOf(orgId)(row));
      },
    );

    api.delete(
      `${path}/:membership_id`,
      {
        config: { audit: 'org.member.delete' },
        preHandler: authorize('org.membership.delete'),
        schema: { summary: 'Remove a member', params: MemberParams, response: { 204: z.undefined() } },
      },
      async (request, reply) => {
        const { org_id: orgId, membership_id: id } = request.params;
        await db.transaction().execute(async (transaction) => {
          const before = await demandMember(transaction, orgId, id);
          await change(transaction, orgId, id, undefined);
          await noteChange(transaction, request, { resource: noted(before), before: { role: before.role } });
        });
        return await reply.code(204).send();
      },
    );
  };
}

async function personOf(
  db: Kysely<Database>,
  id: string | undefined,
  email: string | undefined,
): Promise<string> {
  if ((id === undefined) === (email === undefined)) {
    throw new ApiProblem('invalid', 'Name the person either by relationships.user or by attributes.email');
  }
  const found = email === undefined ? id : (await findPersonByEmail(db, email))?.id;
  if (found !== undefined && (await isPerson(db, found))) return found;
  throw new ApiProblem('not-found', 'Nobody has such an account; invite the person instead');
}

function noted({ id, email }: MembershipRow) {
  return { type: 'org_membership', id, name: email };
}

function resourceOf(orgId: string) {
  return (row: MembershipRow): Membership => ({
    id: row.id,
    type: 'org_membership',
    attributes: { created_at: row.created_at.toISOString() },
    relationships: {
      org: { data: { id: orgId, type: 'org' } },
      user: { data: { id: row.id, type: 'user', attributes: { name: row.name, email: row.email } } },
      role: { data: { id: row.role as Role, type: 'org_role' } },
    },
  });
}
