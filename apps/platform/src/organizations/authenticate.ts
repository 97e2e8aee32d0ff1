import type { FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import type { RecentAccess } from '../access/recent-access.ts';
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
 * @param recent keeps the answers for a moment.
 */
export function createAuthenticate(
  db: Kysely<Database>,
  now: () => Date,
  recent: RecentAccess,
): (request: FastifyRequest) => Promise<Principal | undefined> {
  const ownerOf = recent.keepByToken((hash) => findTokenOwner(db, hash, now()));
  const holderOf = recent.keepByToken((hash) => findTokenHolder(db, hash, now()));
  const personOf = recent.keepByToken((hash) => findSession(db, hash, now()));
  return async (request) => {
    const { authorization } = request.headers;
    if (authorization !== undefined) {
      const token = /^(?:token|bearer)\s+(\S{1,512})$/i.exec(authorization.trim())?.[1];
      if (token === undefined) return undefined;
      const find = isTokenOf('personal', token) ? ownerOf : holderOf;
      return await find(token);
    }
    const session = request.cookies[sessionCookie];
    return session === undefined || session === '' ? undefined : await personOf(session);
  };
}
