import type { Kysely } from 'kysely';
import type { Database } from './schema.ts';

/** Does the work in the transaction that the caller has begun already, or else in one of its own. */
export async function inTransaction<T>(
  db: Kysely<Database>,
  work: (transaction: Kysely<Database>) => Promise<T>,
): Promise<T> {
  return db.isTransaction ? await work(db) : await db.transaction().execute(work);
}
