import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { startThrowawayServer, type ThrowawayServer } from './throwaway-server.ts';

/** Names the address at which a vitest run tells where its PostgreSQL server is. */
export const postgresServerVariable = 'PLIMSOLL_TEST_POSTGRES';

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
  const server = await serverAddress();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await administer(server, `create database ${name} template template0`);
  const address = new URL(server);
  address.pathname = `/${name}`;
  return {
    connectionString: address.href,
    drop: () => administer(server, `drop database if exists ${name} with (force)`),
  };
}

let ownServer: Promise<ThrowawayServer> | undefined;

async function serverAddress(): Promise<string> {
  const door = process.env[postgresServerVariable];
  if (door) {
    const answer = await fetch(door);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`The PostgreSQL server of the tests did not start: ${text}`);
    return text;
  }
  ownServer ??= startThrowawayServer();
  return (await ownServer).connectionString();
}

async function administer(server: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
