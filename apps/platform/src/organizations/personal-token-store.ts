import type { PersonalToken } from '@plimsoll/contracts';
import type { Kysely, Selectable } from 'kysely';
import { createdAtMs, readSlice, type PagePosition, type Slice } from '../database/read-slice.ts';
import type { Database, PersonalTokenTable } from '../database/schema.ts';
import { isLongUnused } from './last-used.ts';
import type { Principal } from './principal.ts';
import { findPrincipal } from './session-store.ts';
import { makeToken } from './tokens.ts';

export type PersonalTokenRow = Omit<Selectable<PersonalTokenTable>, 'token_hash'>;

const shown = ['id', 'person_id', 'name', 'created_at', 'expires_at', 'last_used_at'] as const;

/** A page of a person's tokens, oldest first. */
export async function listPersonalTokens(
  db: Kysely<Database>,
  personId: string,
  position: PagePosition,
  limit: number,
): Promise<Slice<PersonalTokenRow>> {
  const query = db.selectFrom('personal_token').select(shown).where('person_id', '=', personId);
  return await readSlice(query, [createdAtMs, 'id'], position, limit);
}

/** Makes a token; it is in this answer only. */
export async function addPersonalToken(
  db: Kysely<Database>,
  made: { readonly personId: string; readonly name: string; readonly expiresAt: Date },
): Promise<{ row: PersonalTokenRow; token: string }> {
  const { token, hash } = makeToken('personal');
  const row = await db
    .insertInto('personal_token')
    .values({ person_id: made.personId, name: made.name, token_hash: hash, expires_at: made.expiresAt })
    .returning(shown)
    .executeTakeFirstOrThrow();
  return { row, token };
}

/** Revokes a token of a person; undefined when there was none. */
export async function removePersonalToken(
  db: Kysely<Database>,
  personId: string,
  id: string,
): Promise<PersonalTokenRow | undefined> {
  return await db
    .deleteFrom('personal_token')
    .where('person_id', '=', personId)
    .where('id', '=', id)
    .returning(shown)
    .executeTakeFirst();
}

/** Forgets tokens that work no more. */
export async function removeExpiredTokens(db: Kysely<Database>, now: Date): Promise<void> {
  await db.deleteFrom('personal_token').where('expires_at', '<=', now).execute();
}

/** The person whose token has this SHA-256; undefined when it is nobody's or expired. */
export async function findTokenOwner(
  db: Kysely<Database>,
  tokenHash: Buffer,
  now: Date,
): Promise<Principal | undefined> {
  const row = await db
    .selectFrom('personal_token')
    .select(shown)
    .where('token_hash', '=', tokenHash)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  const person = row && (await findPrincipal(db, row.person_id));
  if (!person) return undefined;
  if (isLongUnused(row.last_used_at, now)) {
    await db.updateTable('personal_token').set({ last_used_at: now }).where('id', '=', row.id).execute();
  }
  return { ...person, personalToken: { id: row.id, name: row.name } };
}

/** The token as the API shows it; its text only in the answer that made it. */
export function personalTokenResource(row: PersonalTokenRow, token?: string): PersonalToken {
  return {
    id: row.id,
    type: 'personal_access_token',
    attributes: {
      name: row.name,
      created_at: row.created_at.toISOString(),
      expires_at: row.expires_at.toISOString(),
      ...(row.last_used_at && { last_used_at: row.last_used_at.toISOString() }),
      ...(token !== undefined && { token }),
    },
  };
}
