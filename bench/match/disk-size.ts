import { sql, type Kysely } from 'kysely';
import type { Database } from '../../apps/platform/src/database/schema.ts';

/** Bytes that tables take on disk with their indexes and what is stored out of line. */
export async function diskBytes(db: Kysely<Database>, tables: readonly string[]): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`
    select sum(pg_total_relation_size(name::regclass))::bigint as bytes
    from unnest(${tables}::text[]) as name`.execute(db);
  return rows[0]?.bytes ?? 0;
}

export const advisoryTables = ['advisory', 'affected', 'advisory_alias', 'alias', 'advisory_dump'] as const;
export const imageTables = ['image', 'image_reference'] as const;
/** Shared by all images that hold the package. */
export const packageTables = ['package', 'package_key', 'package_match', 'finding'] as const;
