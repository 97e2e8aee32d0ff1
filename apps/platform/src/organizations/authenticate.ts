import type { FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { findTokenOwner } from './personal-token-store.ts';
import type { Principal } from './principal.ts';
import { findTokenHolder } from './service-account-store.ts';
import { findSession } from './session-store.ts';
import { isTokenOf } from './tokens.ts';

/** The cookie that carries a session. */
export const sessionCookie = 'plimsoll_session';

/**
 * Makes the function that finds out who makes a request: the holder of the token in `authorization`
 * (`token ..` or `bearer ..`), a service account or a person, else the person whose session the cookie names. A token that is not valid is not
 * replaced by the cookie.
 */
export function createAuthenticate(
  db: Kysely<Database>,
  now: () => Date,
): (request: FastifyRequest) => Promise<Principal | undefined> {
  return async (request) => {
    const { authorization } = request.headers;
    if (authorization !== undefined) {
      const token = /^(?:token|bearer)\s+(\S{1,512})$/i.exec(authorization.trim())?.[1];
      if (token === undefined) return undefined;
      const find = isTokenOf('personal', token) ? findTokenOwner : findTokenHolder;
      return await find(db, token, now());
    }
    const session = request.cookies[sessionCookie];
    return session === undefined || session === '' ? undefined : await findSession(db, session, now());
  };
}
