import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalPostgres } from '@plimsoll/local-postgres';

/** A PostgreSQL server whose data are thrown away. */
export type ThrowawayServer = {
  connectionString(): string;
  /** Ends the server and removes its files. */
  destroy(): Promise<void>;
};

/** Starts a server on an empty folder, without crash safety. It does not outlive this process. */
export async function startThrowawayServer(): Promise<ThrowawayServer> {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-postgres-'));
  const server = await startLocalPostgres({
    directory: folder,
    durable: false,
    settings: { max_connections: '400' },
  });
  const onExit = () => {
    process.kill(server.pid, 'SIGQUIT');
    while (isAlive(server.pid)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', onExit);
  return {
    connectionString: () => server.connectionString(),
    async destroy() {
      process.off('exit', onExit);
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Whether the process still runs. One that ended and that this busy process did not look after yet is a zombie. */
function isAlive(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.[0] !== 'Z';
  } catch {
    return false;
  }
}
