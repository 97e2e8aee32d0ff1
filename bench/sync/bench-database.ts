import type { Kysely } from 'kysely';
import type { Database } from '../../apps/platform/src/database/schema.ts';

/** The database that the parts of the measure share. */
export type BenchDatabase = { readonly db: Kysely<Database>; readonly connectionString: string };
