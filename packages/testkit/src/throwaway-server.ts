import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalPostgres } from '@plimsoll/local-postgres';

/** A PostgreSQL server whose data are thrown away. */
export type ThrowawayServer = {
  connectionString(): string;
  /** Ends the server at once and removes its files. Synchronous, so that it can run when the process ends. */
  destroy(): void;
};

/** Starts a server on an empty folder, without crash safety. */
export async function startThrowawayServer(): Promise<ThrowawayServer> {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-postgres-'));
  const server = await startLocalPostgres({
    directory: folder,
    durable: false,
    settings: { max_connections: '400' },
  });
  const destroy = () => {
    process.off('exit', destroy);
    process.kill(server.pid, 'SIGQUIT');
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  };
  process.once('exit', destroy);
  return { connectionString: () => server.connectionString(), destroy };
}
