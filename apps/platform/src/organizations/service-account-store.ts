import type { Role, ServiceAccount } from '@plimsoll/contracts';
import type { Kysely, Selectable } from 'kysely';
import { createdAtMs, readSlice, type PagePosition, type Slice } from '../database/read-slice.ts';
import type { Database, ServiceAccountTable } from '../database/schema.ts';
import { isLongUnused } from './last-used.ts';
import type { Principal } from './principal.ts';
import { makeToken } from './tokens.ts';

export type ServiceAccountRow = Omit<Selectable<ServiceAccountTable>, 'token_hash'>;

const shown = [
  'id',
  'org_id',
  'name',
  'auth_type',
  'role',
  'created_at',
  'expires_at',
  'last_used_at',
] as const;

/** A page of an organization's service accounts, oldest first. */
export async function listServiceAccounts(
  db: Kysely<Database>,
  orgId: string,
  position: PagePosition,
  limit: number,
): Promise<Slice<ServiceAccountRow>> {
  const query = db.selectFrom('service_account').select(shown).where('org_id', '=', orgId);
  return await readSlice(query, [createdAtMs, 'id'], position, limit);
}

/** One service account of an organization. */
export async function findServiceAccount(
  db: Kysely<Database>,
  orgId: string,
  id: string,
): Promise<ServiceAccountRow | undefined> {
  return await db
    .selectFrom('service_account')
    .select(shown)
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .executeTakeFirst();
}

export type NewServiceAccount = {
  readonly orgId: string;
  readonly name: string;
  readonly authType: string;
  readonly role: Role;
  readonly expiresAt: Date | null;
};

/** Makes a service account; the token is in this answer only. */
export async function addServiceAccount(
  db: Kysely<Database>,
  account: NewServiceAccount,
): Promise<{ row: ServiceAccountRow; token: string }> {
  const { token, hash } = makeToken('service-account');
  const row = await db
    .insertInto('service_account')
    .values({
      org_id: account.orgId,
      name: account.name,
      auth_type: account.authType,
      role: account.role,
      token_hash: hash,
      expires_at: account.expiresAt,
    })
    .returning(shown)
    .executeTakeFirstOrThrow();
  return { row, token };
}

/** Gives a service account another name. */
export async function renameServiceAccount(
  db: Kysely<Database>,
  orgId: string,
  id: string,
  name: string,
): Promise<ServiceAccountRow | undefined> {
  return await db
    .updateTable('service_account')
    .set({ name })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .returning(shown)
    .executeTakeFirst();
}

/** Replaces the token of a service account; the old one stops working at once. */
export async function replaceServiceAccountToken(
  db: Kysely<Database>,
  orgId: string,
  id: string,
): Promise<{ row: ServiceAccountRow; token: string } | undefined> {
  const { token, hash } = makeToken('service-account');
  const row = await db
    .updateTable('service_account')
    .set({ token_hash: hash })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .returning(shown)
    .executeTakeFirst();
  return row && { row, token };
}

/** Removes a service account; true when there was one. */
export async function removeServiceAccount(
  db: Kysely<Database>,
  orgId: string,
  id: string,
): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('service_account')
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** Who the token with this SHA-256 belongs to; undefined when nobody's or expired. */
export async function findTokenHolder(
  db: Kysely<Database>,
  tokenHash: Buffer,
  now: Date,
): Promise<Principal | undefined> {
  const row = await db
    .selectFrom('service_account')
    .select(shown)
    .where('token_hash', '=', tokenHash)
    .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', now)]))
    .executeTakeFirst();
  if (!row) return undefined;
  if (isLongUnused(row.last_used_at, now)) {
    await db.updateTable('service_account').set({ last_used_at: now }).where('id', '=', row.id).execute();
  }
  return {
    kind: 'service_account',
    id: row.id,
    name: row.name,
    roles: new Map([[row.org_id, row.role as Role]]),
    via: 'token',
  };
}

/** The service account as the API shows it; the token only in the answer that made it. */
export function serviceAccountResource(row: ServiceAccountRow, token?: string): ServiceAccount {
  return {
    id: row.id,
    type: 'service_account',
    attributes: {
      name: row.name,
      auth_type: row.auth_type as ServiceAccount['attributes']['auth_type'],
      role_id: row.role as Role,
      created_at: row.created_at.toISOString(),
      ...(row.expires_at && { access_token_expires_at: row.expires_at.toISOString() }),
      ...(row.last_used_at && { last_used_at: row.last_used_at.toISOString() }),
      ...(token !== undefined && { api_key: token }),
    },
  };
}
