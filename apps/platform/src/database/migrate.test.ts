import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@plimsoll/testkit';
import { sql, type Kysely } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectDatabase } from './connect.ts';
import { migrate, MigrationError } from './migrate.ts';
import type { Database } from './schema.ts';

let database: TestDatabase;
let db: Kysely<Database>;
let directory: string;

beforeEach(async () => {
  database = await createTestDatabase();
  db = connectDatabase(database.connectionString);
  directory = mkdtempSync(join(tmpdir(), 'migrations-'));
});

afterEach(async () => {
  await db.destroy();
  await database.drop();
  rmSync(directory, { recursive: true });
});

function write(name: string, text: string): void {
  writeFileSync(join(directory, name), text);
}

it('makes the schema of this release, once', async () => {
  const first = await migrate(db);
  const second = await migrate(db);

  expect(first).toContain('0001-initial.sql');
  expect(second).toEqual([]);
});

it('applies new files only, in the order of their numbers', async () => {
  write('0001-a.sql', 'create table a (id int)');
  await migrate(db, directory);
  write('0003-c.sql', 'alter table b add column c int');
  write('0002-b.sql', 'create table b (id int); create index b_id on b (id)');

  expect(await migrate(db, directory)).toEqual(['0002-b.sql', '0003-c.sql']);
});

it('refuses a file that changed after it was applied', async () => {
  write('0001-a.sql', 'create table a (id int)');
  await migrate(db, directory);
  write('0001-a.sql', 'create table a (id bigint)');

  await expect(migrate(db, directory)).rejects.toThrow(MigrationError);
});

it('leaves nothing behind when a file fails', async () => {
  write('0001-a.sql', 'create table a (id int)');
  write('0002-b.sql', 'create table nonsense (');

  await expect(migrate(db, directory)).rejects.toThrow('syntax error');
  const { rows } = await sql`select 1 from pg_tables where tablename = 'a'`.execute(db);
  expect(rows).toEqual([]);
});

it('lets two processes start at the same time', async () => {
  const other = connectDatabase(database.connectionString);

  const applied = await Promise.all([migrate(db), migrate(other)]);
  await other.destroy();

  expect(applied.filter((names) => names.length > 0)).toHaveLength(1);
});

it('reads bigint as a number', async () => {
  const { rows } = await sql<{ n: unknown }>`select 5000000000::bigint as n`.execute(db);

  expect(rows).toEqual([{ n: 5_000_000_000 }]);
});
