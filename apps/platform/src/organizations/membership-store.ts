import type { Role } from '@plimsoll/contracts';
import { sql, type Kysely } from 'kysely';
import { readSlice, type PagePosition, type Slice } from '../database/read-slice.ts';
import type { Database } from '../database/schema.ts';

export type MembershipRow = Awaited<ReturnType<ReturnType<typeof members>['executeTakeFirstOrThrow']>>;

/** A page of the people of an organization, by their addresses. */
export async function listMemberships(
  db: Kysely<Database>,
  orgId: string,
  position: PagePosition,
  limit: number,
): Promise<Slice<MembershipRow>> {
  return await readSlice(members(db, orgId), ['person.email', 'person.id'], position, limit);
}

/** One person of an organization. */
export async function findMembership(
  db: Kysely<Database>,
  orgId: string,
  personId: string,
): Promise<MembershipRow | undefined> {
  return await members(db, orgId).where('person.id', '=', personId).executeTakeFirst();
}

/** Adds a person to an organization; false when it was there. */
export async function addMembership(
  db: Kysely<Database>,
  orgId: string,
  personId: string,
  role: Role,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('membership')
    .values({ org_id: orgId, person_id: personId, role })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/**
 * Gives a person another role, or none any more. Run it in a transaction.
 * @returns false, and changes nothing, when the organization would have no admin then.
 */
export async function changeMembership(
  db: Kysely<Database>,
  orgId: string,
  personId: string,
  role: Role | undefined,
): Promise<boolean> {
  // Two admins who remove each other at the same time must not both succeed.
  await db.selectFrom('organization').select('id').where('id', '=', orgId).forUpdate().execute();
  const { others } = await db
    .selectFrom('membership')
    .select(sql<number>`count(*)::integer`.as('others'))
    .where('org_id', '=', orgId)
    .where('role', '=', 'admin')
    .where('person_id', '<>', personId)
    .executeTakeFirstOrThrow();
  if (role !== 'admin' && others === 0) return false;
  if (role === undefined) {
    await db.deleteFrom('membership').where('org_id', '=', orgId).where('person_id', '=', personId).execute();
  } else {
    await db
      .updateTable('membership')
      .set({ role })
      .where('org_id', '=', orgId)
      .where('person_id', '=', personId)
      .execute();
  }
  return true;
}

/** Whether there is an account with this id. */
export async function isPerson(db: Kysely<Database>, id: string): Promise<boolean> {
  return (await db.selectFrom('person').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
}

function members(db: Kysely<Database>, orgId: string) {
  return db
    .selectFrom('membership')
    .innerJoin('person', 'person.id', 'membership.person_id')
    .select(['person.id', 'person.name', 'person.email', 'membership.role', 'membership.created_at'])
    .where('membership.org_id', '=', orgId);
}
