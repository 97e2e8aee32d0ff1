import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { packageKey, type PackageRow } from './package-row.ts';

/** Rows per statement. */
const chunkRows = 5_000;

/** Most bytes of an entry of our indexes: PostgreSQL refuses more than 2,704, and a hostile image may hold any name. */
const maxKeyBytes = 2_500;

/**
 * Finds the packages, and makes those that are new. Run it in a transaction.
 * @returns the distinct ids, ascending, the id of each row, and how many packages have names too long to be stored.
 */
export async function putPackages(
  db: Kysely<Database>,
  rows: readonly PackageRow[],
): Promise<{
  packageIds: number[];
  skipped: number;
  idOf: (row: PackageRow) => number | undefined;
}> {
  const fitting = rows.filter(fits);
  // Sorted, so that two inventories at the same time take their locks in the same order.
  const distinct = [...new Map(fitting.map((row) => [packageKey(row), row]))]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => row);
  const ids = new Map<string, number>();
  for (let start = 0; start < distinct.length; start += chunkRows) {
    for (const [key, id] of await putChunk(db, distinct.slice(start, start + chunkRows))) ids.set(key, id);
  }
  return {
    packageIds: [...ids.values()].toSorted((a, b) => a - b),
    skipped: rows.length - fitting.length,
    idOf: (row) => ids.get(packageKey(row)),
  };
}

/** Most packages are known already; asking first spares the numbers that a refused insert uses up. */
async function putChunk(db: Kysely<Database>, rows: readonly PackageRow[]): Promise<Map<string, number>> {
  const known = await findChunk(db, rows);
  const missing = rows.filter((row) => !known.has(packageKey(row)));
  if (missing.length > 0) {
    await db
      .insertInto('package')
      .columns([
        'purl',
        'type',
        'name',
        'version',
        'arch',
        'source_name',
        'source_version',
        'modularity',
        'distro',
        'owned',
      ])
      .expression(sql`select * from ${unnested(missing)}`)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    // Somebody else may have made some of them meanwhile, so all are looked up.
    for (const [key, id] of await findChunk(db, missing)) known.set(key, id);
  }
  return known;
}

async function findChunk(db: Kysely<Database>, rows: readonly PackageRow[]): Promise<Map<string, number>> {
  const { rows: found } = await sql<PackageRow & { id: number }>`
    select package.* from ${unnested(rows)}
    join package on package.purl = wanted.purl and package.source_name = wanted.source_name
      and package.source_version = wanted.source_version and package.distro = wanted.distro
      and package.owned = wanted.owned`.execute(db);
  return new Map(found.map((row) => [packageKey(row), row.id]));
}

function unnested(rows: readonly PackageRow[]) {
  return sql`unnest(
    ${rows.map((row) => row.purl)}::text[],
    ${rows.map((row) => row.type)}::text[],
    ${rows.map((row) => row.name)}::text[],
    ${rows.map((row) => row.version)}::text[],
    ${rows.map((row) => row.arch)}::text[],
    ${rows.map((row) => row.source_name)}::text[],
    ${rows.map((row) => row.source_version)}::text[],
    ${rows.map((row) => row.modularity)}::text[],
    ${rows.map((row) => row.distro)}::text[],
    ${rows.map((row) => row.owned)}::boolean[]
  ) as wanted(purl, type, name, version, arch, source_name, source_version, modularity, distro, owned)`;
}

function fits(row: PackageRow): boolean {
  const keyBytes = Buffer.byteLength(row.purl + row.source_name + row.source_version + row.distro);
  return Math.max(keyBytes, Buffer.byteLength(row.name)) <= maxKeyBytes;
}
