import { Kysely, PostgresDialect } from 'kysely';
import { Pool, types } from 'pg';
import type { Database } from './schema.ts';

/** Connections of one process to the database, beside those of its job queue. */
const maxConnections = 10;
/** Longest a request waits for a connection before it fails, milliseconds. */
const connectTimeoutMs = 10_000;

/**
 * Opens a pool of connections. Columns of type bigint are read as numbers: our ids and sizes stay far below 2^53.
 * `onError` is told when an idle connection is lost; the next query opens a new one.
 */
export function connectDatabase(
  connectionString: string,
  onError: (error: Error) => void = () => {},
): Kysely<Database> {
  const pool = new Pool({
    connectionString,
    max: maxConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: 'plimsoll',
    types: {
      getTypeParser: (oid, format) =>
        oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, format),
    },
  });
  pool.on('error', onError);
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}
