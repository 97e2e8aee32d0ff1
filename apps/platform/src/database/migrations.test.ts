import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@plimsoll/testkit';
import { sql, type Kysely } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectDatabase } from './connect.ts';
import { migrate } from './migrate.ts';
import type { Database } from './schema.ts';

const migrations = join(import.meta.dirname, 'migrations');

interface Column {
  table: string;
  name: string;
  type: string;
  /** A row cannot be written without naming it. */
  isDemanded: boolean;
}

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

it('leaves every table and column as the previous release uses it, migration by migration', async () => {
  const files = readdirSync(migrations).filter((name) => name.endsWith('.sql'));
  const objections: string[] = [];
  let before: Column[] = [];
  for (const file of files.toSorted()) {
    copyFileSync(join(migrations, file), join(directory, file));
    expect(await migrate(db, directory)).toEqual([file]);
    const after = await readColumns();
    objections.push(...object(before, after).map((objection) => `${file}: ${objection}`));
    before = after;
  }

  expect(objections).toEqual([]);
});

it('objects to what the previous release would trip over', async () => {
  await sql
    .raw('create table a (kept int, gone int, other int, loose int); create table b (x int)')
    .execute(db);
  const before = await readColumns();

  await sql
    .raw(
      `alter table a drop column gone; alter table a alter column other type text;
       alter table a alter column loose set not null; alter table a add column fresh int not null;
       alter table a add column spare int not null default 0; alter table b rename to c`,
    )
    .execute(db);

  expect(object(before, await readColumns())).toEqual([
    'a.gone is gone',
    'a.other was integer and is text',
    'a.loose must now be named by whoever writes a row',
    'b.x is gone',
    'a.fresh must now be named by whoever writes a row',
  ]);
});

/** What a process of the previous release, which knows only the columns of before, could no longer do. */
function object(before: readonly Column[], after: readonly Column[]): string[] {
  const key = ({ table, name }: Column) => `${table}.${name}`;
  const now = new Map(after.map((column) => [key(column), column]));
  const known = new Set(before.map(key));
  const tables = new Set(before.map(({ table }) => table));

  const changed = before.flatMap((column) => {
    const next = now.get(key(column));
    if (next === undefined) return [`${key(column)} is gone`];
    if (next.type !== column.type) return [`${key(column)} was ${column.type} and is ${next.type}`];
    return next.isDemanded && !column.isDemanded
      ? [`${key(column)} must now be named by whoever writes a row`]
      : [];
  });
  const demanded = after.filter(
    (column) => column.isDemanded && tables.has(column.table) && !known.has(key(column)),
  );
  return [
    ...changed,
    ...demanded.map((column) => `${key(column)} must now be named by whoever writes a row`),
  ];
}

async function readColumns(): Promise<Column[]> {
  const { rows } = await sql<Column>`
    select c.relname as "table", a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
      a.attnotnull and not a.atthasdef and a.attidentity = '' as "isDemanded"
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
    order by c.relname, a.attnum`.execute(db);
  return rows;
}
