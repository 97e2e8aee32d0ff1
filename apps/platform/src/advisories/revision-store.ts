import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

/** Says that rules, facts or groups change in this transaction. */
export async function raiseRevision(db: Kysely<Database>): Promise<void> {
  await db
    .updateTable('advisory_revision')
    .set({ revision: sql<number>`revision + 1` })
    .execute();
}

/** The number that stays the same for as long as rules, facts and groups do. */
export async function readRevision(db: Kysely<Database>): Promise<number> {
  const { revision } = await db.selectFrom('advisory_revision').select('revision').executeTakeFirstOrThrow();
  return revision;
}
