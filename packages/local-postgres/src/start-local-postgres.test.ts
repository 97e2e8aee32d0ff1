import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startLocalPostgres } from './start-local-postgres.ts';

let directory: string;

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'plimsoll-pg-')), 'db');
});

afterEach(() => {
  rmSync(join(directory, '..'), { recursive: true, force: true });
});

function canConnect(connectionString: string): Promise<boolean> {
  const { hostname, port } = new URL(connectionString);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

it('starts, keeps its data directory and stops', async () => {
  const server = await startLocalPostgres({ directory, durable: false });
  expect(await canConnect(server.connectionString())).toBe(true);
  expect(readFileSync(join(directory, 'password'), 'utf8')).not.toBe('');

  await server.stop();
  expect(await canConnect(server.connectionString())).toBe(false);

  const again = await startLocalPostgres({ directory, durable: false });
  expect(new URL(again.connectionString()).password).toBe(new URL(server.connectionString()).password);
  await again.stop();
});

it('stops a server that a killed process left behind, and takes its data over', async () => {
  const leftBehind = await startLocalPostgres({ directory, durable: false });

  const server = await startLocalPostgres({ directory, durable: false });

  expect(await canConnect(leftBehind.connectionString())).toBe(false);
  expect(await canConnect(server.connectionString())).toBe(true);
  await server.stop();
});

it('says so when it ends without having been asked to', async () => {
  const ended = Promise.withResolvers<string>();
  const server = await startLocalPostgres({ directory, durable: false, onExit: ended.resolve });

  process.kill(server.pid, 'SIGINT');

  expect(await ended.promise).toMatch(/PostgreSQL ended with 0/);
});

it.skipIf(process.getuid?.() !== 0)(
  'runs under an account of the machine where root may not make namespaces',
  async () => {
    // Without `unshare` there are none.
    vi.stubEnv('PATH', '/nonexistent');
    try {
      await expect(startLocalPostgres({ directory, durable: false })).rejects.toMatchObject({
        code: 'unreachable-directory',
        message: expect.stringContaining(`may not enter ${dirname(directory)}`),
      });

      chmodSync(dirname(directory), 0o711);
      const server = await startLocalPostgres({ directory, durable: false });
      expect(await canConnect(server.connectionString())).toBe(true);
      expect(statSync(join(directory, 'data')).uid).not.toBe(0);
      await server.stop();
    } finally {
      vi.unstubAllEnvs();
    }
  },
);
