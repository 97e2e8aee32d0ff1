import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql, type Kysely } from 'kysely';
import type { Database } from './schema.ts';

/** The migrations of this release, in their order. */
const migrationsDirectory = join(import.meta.dirname, 'migrations');

/** Only one process migrates at a time; the number is ours alone on the database. */
const migrationLock = 7_340_001;

/** A migration cannot be applied, or differs from what was applied under its name. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

/**
 * Brings the database to the newest schema: runs each numbered `.sql` file that was not run before, all of them in
 * one transaction. Migrations only go forward; a file that changed after it was applied is refused.
 * Files the database knows and this release does not are left alone: a newer release is being rolled out.
 * @returns the names of the files that were applied now.
 */
export async function migrate(db: Kysely<Database>, directory = migrationsDirectory): Promise<string[]> {
  const files = readMigrations(directory);
  return await db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(migrationLock)})`.execute(transaction);
    await sql`create table if not exists migration (
      name text primary key,
      checksum text not null,
      applied_at timestamptz not null default now()
    )`.execute(transaction);
    const { rows } = await sql<{
      name: string;
      checksum: string;
    }>`select name, checksum from migration`.execute(transaction);
    const known = new Map(rows.map((row) => [row.name, row.checksum]));

    const applied: string[] = [];
    for (const file of files) {
      const checksum = known.get(file.name);
      if (checksum === file.checksum) continue;
      if (checksum !== undefined) {
        throw new MigrationError(`Migration ${file.name} was changed after it was applied to this database`);
      }
      await sql.raw(file.text).execute(transaction);
      await sql`insert into migration (name, checksum) values (${file.name}, ${file.checksum})`.execute(
        transaction,
      );
      applied.push(file.name);
    }
    return applied;
  });
}

/** Name of the newest migration of this release. */
export function newestMigration(): string {
  return readMigrations(migrationsDirectory).at(-1)?.name ?? '';
}

function readMigrations(directory: string): { name: string; text: string; checksum: string }[] {
  const names = readdirSync(directory).filter((name) => name.endsWith('.sql'));
  return names.toSorted().map((name) => {
    const text = readFileSync(join(directory, name), 'utf8');
    return { name, text, checksum: createHash('sha256').update(text).digest('hex') };
  });
}
