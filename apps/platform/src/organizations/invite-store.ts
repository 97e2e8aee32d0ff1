import type { Invite, Role } from '@plimsoll/contracts';
import { sql, type Kysely, type Selectable } from 'kysely';
import type { Database, InviteTable } from '../database/schema.ts';
import { hashToken, makeToken } from './tokens.ts';

export type InviteRow = Omit<Selectable<InviteTable>, 'token_hash'>;

/** How long somebody has to accept, days. */
const inviteDays = 7;

const shown = ['id', 'org_id', 'email', 'role', 'created_at', 'expires_at'] as const;

/** The invites of an organization, oldest first. */
export async function listInvites(db: Kysely<Database>, orgId: string): Promise<InviteRow[]> {
  return await db
    .selectFrom('invite')
    .select(shown)
    .where('org_id', '=', orgId)
    .orderBy('created_at')
    .orderBy('id')
    .limit(1_000)
    .execute();
}

/** Makes an invite in the place of one that the person may have; the token is in this answer only. */
export async function addInvite(
  db: Kysely<Database>,
  made: { readonly orgId: string; readonly email: string; readonly role: Role },
  now: Date,
): Promise<{ row: InviteRow; token: string }> {
  const { token, hash } = makeToken('invite');
  await db
    .deleteFrom('invite')
    .where('org_id', '=', made.orgId)
    .where(sql`lower(email)`, '=', made.email.toLowerCase())
    .execute();
  const row = await db
    .insertInto('invite')
    .values({
      org_id: made.orgId,
      email: made.email,
      role: made.role,
      token_hash: hash,
      expires_at: new Date(now.getTime() + inviteDays * 24 * 60 * 60 * 1000),
    })
    .returning(shown)
    .executeTakeFirstOrThrow();
  return { row, token };
}

/** Takes an invite back; undefined when there was none. */
export async function removeInvite(
  db: Kysely<Database>,
  orgId: string,
  id: string,
): Promise<InviteRow | undefined> {
  return await db
    .deleteFrom('invite')
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .returning(shown)
    .executeTakeFirst();
}

/** Uses up the invite of a token; undefined when there is none, or its time is over. Run it in a transaction. */
export async function takeInvite(
  db: Kysely<Database>,
  token: string,
  now: Date,
): Promise<InviteRow | undefined> {
  return await db
    .deleteFrom('invite')
    .where('token_hash', '=', hashToken(token))
    .where('expires_at', '>', now)
    .returning(shown)
    .executeTakeFirst();
}

/** Forgets invites that nobody can accept any more, a month later. */
export async function removeOldInvites(db: Kysely<Database>, now: Date): Promise<void> {
  const monthAgo = new Date(now.getTime() - 30 * 24 * 60 * 60 * 1000);
  await db.deleteFrom('invite').where('expires_at', '<', monthAgo).execute();
}

/** The invite as the API shows it; where to accept it only in the answer that made it. */
export function inviteResource(row: InviteRow, now: Date, url?: string): Invite {
  return {
    id: row.id,
    type: 'org_invitation',
    attributes: {
      email: row.email,
      role: row.role as Role,
      is_active: row.expires_at > now,
      created_at: row.created_at.toISOString(),
      expires_at: row.expires_at.toISOString(),
      ...(url !== undefined && { url }),
    },
  };
}
