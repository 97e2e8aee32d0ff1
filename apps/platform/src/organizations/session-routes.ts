import { documentOf, Self, SessionRequest } from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Database } from '../database/schema.ts';
import { notePersonal } from '../audit/index.ts';
import { ApiProblem } from '../http/api-problem.ts';
import { authorize, principalOf } from '../http/authorize.ts';
import { documentFor } from '../http/documents.ts';
import { AttemptLimiter } from './attempt-limiter.ts';
import { sessionCookie } from './authenticate.ts';
import { sessionCookieSetter } from './session-cookie.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import { hashToken } from './tokens.ts';
import { permissionsOf } from './permissions.ts';
import type { Principal } from './principal.ts';
import {
  closeSession,
  findPersonByEmail,
  findPrincipal,
  findSession,
  openSession,
  sessionMs,
} from './session-store.ts';

/** Wrong passwords per address of a person, and per address of a network, before both have to wait. */
const signInLimits = { perEmail: 10, perNetwork: 50, windowMs: 15 * 60 * 1000 } as const;

/** Signing in and out, and who am I. */
export function sessionRoutes(deps: {
  db: Kysely<Database>;
  publicUrl: string;
  now: () => Date;
}): FastifyPluginAsync {
  const { db, now } = deps;
  const perEmail = new AttemptLimiter(signInLimits.perEmail, signInLimits.windowMs);
  const perNetwork = new AttemptLimiter(signInLimits.perNetwork, signInLimits.windowMs);
  // Somebody without an account must take as long as somebody with a wrong password.
  const nobodysHash = hashPassword('nobody');
  const setCookie = sessionCookieSetter(deps.publicUrl);

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.post(
      '/rest/sessions',
      {
        config: { isPublic: true, audit: 'user.session.create' },
        schema: { summary: 'Sign in', body: SessionRequest, response: { 201: documentOf(Self) } },
      },
      async (request, reply) => {
        const { email, password } = request.body.data.attributes;
        const time = now().getTime();
        const address = email.toLowerCase();
        const wait = Math.max(perEmail.waitSeconds(address, time), perNetwork.waitSeconds(request.ip, time));
        if (wait > 0) {
          throw new ApiProblem('rate-limited', `Too many attempts; try again in ${wait} seconds`, {
            retryAfterSeconds: wait,
          });
        }
        perEmail.count(address, time);
        perNetwork.count(request.ip, time);
        const person = await findPersonByEmail(db, email);
        const isRight = await verifyPassword(password, person?.password_hash ?? (await nobodysHash));
        if (!person || !isRight) {
          const known = person && (await findPrincipal(db, person.id));
          if (known) {
            await notePersonal(db, request, known, { resource: sessionOf(known) }, 'user.session.refuse');
          }
          throw new ApiProblem('unauthorized', 'The e-mail address or the password is wrong');
        }

        perEmail.forget(address);
        // One right password must not make up for the wrong ones that others tried from the same network.
        perNetwork.uncount(request.ip);
        const { token, principal } = await db.transaction().execute(async (transaction) => {
          const opened = await openSession(transaction, person.id, now());
          const holder = await findSession(transaction, hashToken(opened), now());
          if (!holder) throw new Error('The session was gone at once');
          await notePersonal(transaction, request, holder, { resource: sessionOf(holder) });
          return { token: opened, principal: holder };
        });
        setCookie(reply, token, sessionMs / 1000);
        return await reply.code(201).send(documentFor(request, selfResource(principal), '/rest/self'));
      },
    );

    api.delete(
      '/rest/sessions/current',
      {
        config: { audit: 'user.session.delete' },
        preHandler: authorize('signed-in'),
        schema: { summary: 'Sign out', response: { 204: z.undefined() } },
      },
      async (request, reply) => {
        const token = request.cookies[sessionCookie];
        const principal = principalOf(request);
        await db.transaction().execute(async (transaction) => {
          const isClosed = token !== undefined && (await closeSession(transaction, token));
          if (isClosed)
            await notePersonal(transaction, request, principal, { resource: sessionOf(principal) });
        });
        setCookie(reply, '', 0);
        return await reply.code(204).send();
      },
    );

    api.get(
      '/rest/self',
      {
        preHandler: authorize('signed-in'),
        schema: { summary: 'Who am I', response: { 200: documentOf(Self) } },
      },
      (request) => documentFor(request, selfResource(principalOf(request))),
    );
  };
}

function sessionOf(principal: Principal) {
  return { type: 'session', name: principal.email ?? principal.name };
}

/** The caller as the API shows it, with its permissions in its first organization. */
function selfResource(principal: Principal): Self {
  const [first] = principal.roles;
  return {
    id: principal.id,
    type: principal.kind,
    attributes: {
      name: principal.name,
      ...(principal.email !== undefined && { email: principal.email }),
      ...(first && { default_org_context: first[0] }),
      permissions: first ? [...permissionsOf(first[1])] : [],
    },
  };
}
