import { documentOf, Invite, InviteAcceptance, InviteRequest, pageOf, type Role } from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { noteAs, noteChange } from '../audit/index.ts';
import type { Database } from '../database/schema.ts';
import { ApiProblem, notFound } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { documentFor } from '../http/documents.ts';
import {
  addInvite,
  inviteResource,
  listInvites,
  removeInvite,
  takeInvite,
  type InviteRow,
} from './invite-store.ts';
import { addMembership } from './membership-store.ts';
import { hashPassword } from './passwords.ts';
import { findPersonByEmail, findPrincipal } from './session-store.ts';

const OrgParams = z.object({ org_id: z.uuid() });
const path = '/rest/orgs/:org_id/invites';

/** Asking people to join, and joining. */
export function inviteRoutes(deps: {
  readonly db: Kysely<Database>;
  readonly publicUrl: string;
  readonly now: () => Date;
}): FastifyPluginAsync {
  const { db, publicUrl, now } = deps;

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.get(
      path,
      {
        preHandler: authorize('org.user.invite'),
        schema: { summary: 'Who is asked to join', params: OrgParams, response: { 200: pageOf(Invite) } },
      },
      async (request) => {
        const rows = await listInvites(db, request.params.org_id);
        return documentFor(
          request,
          rows.map((row) => inviteResource(row, now())),
        );
      },
    );

    api.post(
      path,
      {
        config: { audit: 'org.user.invite' },
        preHandler: authorize('org.user.invite'),
        schema: {
          summary: 'Ask somebody to join; this answer is the only one that shows where',
          params: OrgParams,
          body: InviteRequest,
          response: { 201: documentOf(Invite) },
        },
      },
      async (request, reply) => {
        const { org_id: orgId } = request.params;
        const { email, role } = request.body.data.attributes;
        const { row, token } = await db.transaction().execute(async (transaction) => {
          if (await findPersonByEmail(transaction, email)) {
            throw new ApiProblem('conflict', 'The person has an account; add it as a member instead');
          }
          const made = await addInvite(transaction, { orgId, email, role }, now());
          await noteChange(transaction, request, { resource: noted(made.row), after: { role } });
          return made;
        });
        // Behind #, so that it is in no server's log.
        const resource = inviteResource(row, now(), `${publicUrl}/invite#${token}`);
        return await reply.code(201).send(documentFor(request, resource));
      },
    );

    api.delete(
      `${path}/:invite_id`,
      {
        config: { audit: 'org.user.invite.revoke' },
        preHandler: authorize('org.user.invite'),
        schema: {
          summary: 'Take an invite back',
          params: OrgParams.extend({ invite_id: z.uuid() }),
          response: { 204: z.undefined() },
        },
      },
      async (request, reply) => {
        const { org_id: orgId, invite_id: id } = request.params;
        await db.transaction().execute(async (transaction) => {
          const row = await removeInvite(transaction, orgId, id);
          if (!row) throw notFound('The invite');
          await noteChange(transaction, request, { resource: noted(row), before: { role: row.role } });
        });
        return await reply.code(204).send();
      },
    );

    api.post(
      '/rest/invites/accept',
      {
        config: { isPublic: true, audit: 'org.user.invite.accept' },
        schema: {
          summary: 'Join: make an account with what an invite allows',
          body: InviteAcceptance,
          response: { 204: z.undefined() },
        },
      },
      async (request, reply) => {
        const { token, name, password } = request.body.data.attributes;
        await db.transaction().execute(async (transaction) => {
          // Before the password is hashed, so that only who has an invite makes us work.
          const invite = await takeInvite(transaction, token, now());
          if (!invite) throw new ApiProblem('not-found', 'The invite was used, taken back, or is over');
          const { id } = await addPerson(transaction, invite.email, name, password);
          await addMembership(transaction, invite.org_id, id, invite.role as Role);
          const principal = await findPrincipal(transaction, id);
          if (!principal) throw new Error('the person was gone at once');
          const change = { resource: noted(invite), after: { role: invite.role } };
          await noteAs(transaction, request, principal, change, invite.org_id);
        });
        return await reply.code(204).send();
      },
    );
  };
}

/** @throws {ApiProblem} when the address has an account meanwhile. */
async function addPerson(db: Kysely<Database>, email: string, name: string, password: string) {
  const row = await db
    .insertInto('person')
    .values({ email, name, password_hash: await hashPassword(password) })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (!row)
    throw new ApiProblem('conflict', 'The address has an account already; ask to be added as a member');
  return row;
}

function noted({ id, email }: InviteRow) {
  return { type: 'org_invitation', id, name: email };
}
