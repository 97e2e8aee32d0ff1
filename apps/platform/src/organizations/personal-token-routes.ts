import {
  documentOf,
  pageOf,
  PageQuery,
  PersonalToken,
  personalTokenDays,
  PersonalTokenRequest,
} from '@plimsoll/contracts';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { notePersonal } from '../audit/index.ts';
import type { Database } from '../database/schema.ts';
import { ApiProblem, notFound } from '../http/api-problem.ts';
import { authorize, principalOf } from '../http/authorize.ts';
import { readPosition } from '../http/cursor.ts';
import { documentFor, pageFor } from '../http/documents.ts';
import {
  addPersonalToken,
  listPersonalTokens,
  personalTokenResource,
  removePersonalToken,
  type PersonalTokenRow,
} from './personal-token-store.ts';
import type { Principal } from './principal.ts';

const path = '/rest/self/personal_access_tokens';
const dayMs = 24 * 60 * 60 * 1000;

/** Tokens of the person who asks. A token is shown once, in the answer that makes it. */
export function personalTokenRoutes(deps: { db: Kysely<Database>; now: () => Date }): FastifyPluginAsync {
  const { db } = deps;

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.get(
      path,
      {
        preHandler: authorize('signed-in'),
        schema: {
          summary: 'My personal tokens',
          querystring: PageQuery,
          response: { 200: pageOf(PersonalToken) },
        },
      },
      async (request) => {
        const person = personOf(request);
        const list = ['personal_tokens', person.id];
        const position = readPosition(request.query, list);
        const page = await listPersonalTokens(db, person.id, position, request.query.limit);
        const keyOf = (row: PersonalTokenRow) => [row.created_at.toISOString(), row.id];
        return pageFor(request, list, page, keyOf, (row) => personalTokenResource(row));
      },
    );

    api.post(
      path,
      {
        config: { audit: 'user.personal_token.create' },
        preHandler: authorize('signed-in'),
        schema: {
          summary: 'Make a personal token; this answer is the only one that shows it',
          body: PersonalTokenRequest,
          response: { 201: documentOf(PersonalToken) },
        },
      },
      async (request, reply) => {
        const person = personOf(request);
        // Somebody who found a token must not make others that outlive it.
        if (person.via !== 'session') {
          throw new ApiProblem('forbidden', 'A token cannot make tokens; sign in with your password');
        }
        const { name, expires_at: expiresAt } = request.body.data.attributes;
        const { row, token } = await db.transaction().execute(async (transaction) => {
          const made = await addPersonalToken(transaction, {
            personId: person.id,
            name,
            expiresAt: expiryOf(expiresAt, deps.now()),
          });
          await notePersonal(transaction, request, person, {
            resource: noted(made.row),
            after: personalTokenResource(made.row).attributes,
          });
          return made;
        });
        return await reply
          .code(201)
          .send(documentFor(request, personalTokenResource(row, token), `${path}/${row.id}`));
      },
    );

    api.delete(
      `${path}/:personal_access_token_id`,
      {
        config: { audit: 'user.personal_token.delete' },
        preHandler: authorize('signed-in'),
        schema: {
          summary: 'Revoke a personal token',
          params: z.object({ personal_access_token_id: z.uuid() }),
          response: { 204: z.undefined() },
        },
      },
      async (request, reply) => {
        const person = personOf(request);
        await db.transaction().execute(async (transaction) => {
          const { personal_access_token_id: id } = request.params;
          const row = await removePersonalToken(transaction, person.id, id);
          if (!row) throw notFound('The personal token');
          const before = personalTokenResource(row).attributes;
          await notePersonal(transaction, request, person, { resource: noted(row), before });
        });
        return await reply.code(204).send();
      },
    );
  };
}

function noted(row: PersonalTokenRow) {
  return { type: 'personal_access_token', id: row.id, name: row.name };
}

function personOf(request: FastifyRequest): Principal {
  const principal = principalOf(request);
  if (principal.kind === 'user') return principal;
  throw new ApiProblem('forbidden', 'Only people have personal tokens; a service account has one of its own');
}

function expiryOf(text: string | undefined, now: Date): Date {
  if (text === undefined) return new Date(now.getTime() + personalTokenDays.default * dayMs);
  const expiresAt = new Date(text);
  const source = { pointer: '/data/attributes/expires_at' };
  if (expiresAt <= now) throw new ApiProblem('invalid', 'must be in the future', { source });
  if (expiresAt.getTime() - now.getTime() > personalTokenDays.max * dayMs) {
    throw new ApiProblem('invalid', `must be within ${personalTokenDays.max} days`, { source });
  }
  return expiresAt;
}
