import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { addOrganization } from './organization-store.ts';
import { hashPassword } from './passwords.ts';

/** Only one process provisions at a time; the number is ours alone on the database. */
const provisionLock = 7_340_002;

/**
 * Makes the first organization and its admin on a database without people, and does nothing on any other.
 * @returns the organization's id, or undefined when there were people already.
 */
export async function provisionAdmin(
  db: Kysely<Database>,
  admin: { readonly email: string; readonly password: string; readonly organization?: string },
): Promise<string | undefined> {
  const hash = await hashPassword(admin.password);
  return await db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(provisionLock)})`.execute(transaction);
    const someone = await transaction.selectFrom('person').select('id').limit(1).executeTakeFirst();
    if (someone) return undefined;

    const person = await transaction
      .insertInto('person')
      .values({ email: admin.email, name: admin.email.split('@')[0] ?? admin.email, password_hash: hash })
      .returning('id')
      .executeTakeFirstOrThrow();
    const organization = await addOrganization(
      transaction,
      admin.organization ?? 'My organization',
      person.id,
    );
    return organization.id;
  });
}
