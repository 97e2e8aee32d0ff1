import { createTestDatabase } from '@plimsoll/testkit';
import type { Kysely } from 'kysely';
import { connectDatabase } from './database/connect.ts';
import { migrate } from './database/migrate.ts';
import type { Database } from './database/schema.ts';

export type MigratedDatabase = {
  readonly db: Kysely<Database>;
  /** Closes the connections and drops the database. */
  drop(): Promise<void>;
};

/** A database of its own for a test file, with the schema of this release and nothing in it. */
export async function createMigratedDatabase(): Promise<MigratedDatabase> {
  const database = await createTestDatabase();
  const db = connectDatabase(database.connectionString);
  await migrate(db);
  return {
    db,
    async drop() {
      await db.destroy();
      await database.drop();
    },
  };
}
