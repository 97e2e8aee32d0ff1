import type { Role } from '@plimsoll/contracts';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { Principal } from './principal.ts';
import { hashToken, makeToken } from './tokens.ts';

/** How long a session lasts, milliseconds. */
export const sessionMs = 7 * 24 * 60 * 60 * 1000;

/** The person with this address, with the hash of the password. */
export async function findPersonByEmail(
  db: Kysely<Database>,
  email: string,
): Promise<{ id: string; password_hash: string } | undefined> {
  return await db
    .selectFrom('person')
    .select(['id', 'password_hash'])
    .where(sql`lower(email)`, '=', email.toLowerCase())
    .executeTakeFirst();
}

/** Opens a session and returns its token. */
export async function openSession(db: Kysely<Database>, personId: string, now: Date): Promise<string> {
  const { token, hash } = makeToken('session');
  await db
    .insertInto('session')
    .values({ token_hash: hash, person_id: personId, expires_at: new Date(now.getTime() + sessionMs) })
    .execute();
  return token;
}

/** Who the session whose token has this SHA-256 belongs to; undefined when there is no such session or it is over. */
export async function findSession(
  db: Kysely<Database>,
  tokenHash: Buffer,
  now: Date,
): Promise<Principal | undefined> {
  const session = await db
    .selectFrom('session')
    .select('person_id')
    .where('token_hash', '=', tokenHash)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  const person = session && (await findPrincipal(db, session.person_id));
  return person && { ...person, via: 'session' };
}

/** A person with its roles, as if it came in with a token; undefined when there is no such person. */
export async function findPrincipal(db: Kysely<Database>, personId: string): Promise<Principal | undefined> {
  const rows = await db
    .selectFrom('person')
    .leftJoin('membership', 'membership.person_id', 'person.id')
    .select(['person.id', 'person.name', 'person.email', 'membership.org_id', 'membership.role'])
    .where('person.id', '=', personId)
    .execute();
  const person = rows[0];
  if (!person) return undefined;
  const roles = rows.flatMap(({ org_id: orgId, role }) =>
    orgId && role ? [[orgId, role as Role] as const] : [],
  );
  return {
    kind: 'user',
    id: person.id,
    name: person.name,
    email: person.email,
    roles: new Map(roles),
    via: 'token',
  };
}

/** Ends a session; true when there was one. */
export async function closeSession(db: Kysely<Database>, token: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('session')
    .where('token_hash', '=', hashToken(token))
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** Ends all sessions of a person; answers with their number. */
export async function closeSessionsOf(db: Kysely<Database>, personId: string): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('session')
    .where('person_id', '=', personId)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** Gives a person another password, by its hash. */
export async function setPassword(db: Kysely<Database>, personId: string, hash: string): Promise<void> {
  await db.updateTable('person').set({ password_hash: hash }).where('id', '=', personId).execute();
}

/** Removes the sessions that are over. */
export async function removeExpiredSessions(db: Kysely<Database>, now: Date): Promise<void> {
  await db.deleteFrom('session').where('expires_at', '<=', now).execute();
}
