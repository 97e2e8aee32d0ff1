import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Client } from 'pg';
import { postgresDirectoryVariable, startServer, stopServer } from './postgres-server.ts';

/** A database of its own on the PostgreSQL server that all suites of a test run share. */
export type TestDatabase = {
  readonly connectionString: string;
  /** Ends every connection to it and removes it. */
  drop(): Promise<void>;
};

/**
 * Makes an empty database for one suite. The first caller of a test run starts the server (about a second); vitest's
 * global setup ends it. Outside vitest the server belongs to this process and ends with it.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const directory = serverDirectory();
  await startServer(directory);
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await administer(directory, `create database ${name} template template0`);
  return {
    connectionString: connectionString(directory, name),
    drop: () => administer(directory, `drop database if exists ${name} with (force)`),
  };
}

let ownDirectory: string | undefined;

function serverDirectory(): string {
  const shared = process.env[postgresDirectoryVariable];
  if (shared) return shared;
  if (!ownDirectory) {
    const directory = join('/tmp', `plimsoll-postgres-${process.pid}`);
    process.once('exit', () => stopServer(directory));
    ownDirectory = directory;
  }
  return ownDirectory;
}

/** The server listens on a socket in its own directory only, so there is no port to find and no password to keep. */
function connectionString(directory: string, database: string): string {
  return `postgresql://postgres@localhost/${database}?host=${encodeURIComponent(directory)}`;
}

async function administer(directory: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: connectionString(directory, 'postgres') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
