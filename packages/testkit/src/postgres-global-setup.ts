import { createServer } from 'node:http';
import { startThrowawayServer, type ThrowawayServer } from './throwaway-server.ts';
import { postgresServerVariable } from './postgres.ts';

/**
 * For vitest's `globalSetup`: the PostgreSQL server that all suites of a run share. The first suite that asks for a
 * database starts it; it ends with the run.
 */
export default async function setup(): Promise<() => Promise<void>> {
  let postgres: Promise<ThrowawayServer> | undefined;
  const door = createServer((_request, response) => {
    postgres ??= startThrowawayServer();
    postgres.then(
      (server) => response.end(server.connectionString()),
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const address = door.address();
  if (address === null || typeof address === 'string')
    throw new Error('The door of the test database has no port.');
  process.env[postgresServerVariable] = `http://127.0.0.1:${address.port}/`;

  return async () => {
    door.closeAllConnections();
    door.close();
    await (await postgres)?.destroy();
  };
}
