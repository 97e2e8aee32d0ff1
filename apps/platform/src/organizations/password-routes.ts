import { PasswordChange } from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { notePersonal } from '../audit/index.ts';
import type { Database } from '../database/schema.ts';
import { ApiProblem } from '../http/api-problem.ts';
import { authorize, principalOf } from '../http/authorize.ts';
import { AttemptLimiter } from './attempt-limiter.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import { sessionCookieSetter } from './session-cookie.ts';
import { closeSessionsOf, findPersonByEmail, openSession, sessionMs, setPassword } from './session-store.ts';

/** Wrong passwords of a person who is signed in, before the next has to wait. */
const attempts = { limit: 5, windowMs: 15 * 60 * 1000 } as const;

/** A person changes its password: all its sessions end, and this browser gets a new one. */
export function passwordRoutes(deps: {
  db: Kysely<Database>;
  publicUrl: string;
  now: () => Date;
}): FastifyPluginAsync {
  const { db, now } = deps;
  const setCookie = sessionCookieSetter(deps.publicUrl);
  const limiter = new AttemptLimiter(attempts.limit, attempts.windowMs);

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    app.withTypeProvider<ZodTypeProvider>().post(
      '/rest/self/password',
      {
        config: { audit: 'user.password.edit' },
        preHandler: authorize('signed-in'),
        schema: {
          summary: 'Change my password; ends all my sessions and opens another',
          body: PasswordChange,
          response: { 204: z.undefined() },
        },
      },
      async (request, reply) => {
        const principal = principalOf(request);
        // Somebody who found a token must not lock its person out.
        if (principal.via !== 'session' || principal.email === undefined) {
          throw new ApiProblem('forbidden', 'A token cannot change a password; sign in with your password');
        }
        const { current_password: current, new_password: next } = request.body.data.attributes;
        const wait = limiter.waitSeconds(principal.id, now().getTime());
        if (wait > 0) {
          throw new ApiProblem('rate-limited', `Too many attempts; try again in ${wait} seconds`, {
            retryAfterSeconds: wait,
          });
        }
        limiter.count(principal.id, now().getTime());
        const person = await findPersonByEmail(db, principal.email);
        if (!person || !(await verifyPassword(current, person.password_hash))) {
          throw new ApiProblem('invalid', 'is not your password', {
            source: { pointer: '/data/attributes/current_password' },
          });
        }
        limiter.forget(principal.id);
        const hash = await hashPassword(next);
        const token = await db.transaction().execute(async (transaction) => {
          await setPassword(transaction, principal.id, hash);
          const ended = await closeSessionsOf(transaction, principal.id);
          await notePersonal(transaction, request, principal, {
            resource: { type: 'user', id: principal.id, name: principal.email },
            after: { ended_sessions: ended },
          });
          return await openSession(transaction, principal.id, now());
        });
        setCookie(reply, token, sessionMs / 1000);
        return await reply.code(204).send();
      },
    );
  };
}
