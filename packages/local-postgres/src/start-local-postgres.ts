import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findBinaries, type Binaries } from './binaries.ts';
import { LocalPostgresError } from './errors.ts';
import { closedFolder, commandAs, serverIdentity, type ServerIdentity } from './server-identity.ts';

export type LocalPostgresOptions = {
  /** Folder of the server: data, password and, when needed, a copy of its programs. Made when absent. */
  readonly directory: string;
  /** False gives up crash safety for speed: for tests only. */
  readonly durable?: boolean;
  /** More server settings, as of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Takes the server's own log lines. */
  readonly onLog?: (line: string) => void;
  /** Told when the server ends without having been asked to. */
  readonly onExit?: (description: string) => void;
};

export type LocalPostgres = {
  /** Address of a database on the server, password included. */
  connectionString(database?: string): string;
  readonly pid: number;
  /** Fast shutdown: open transactions are rolled back, everything committed is kept. */
  stop(): Promise<void>;
};

/** A large database that was killed replays its log before it answers; five minutes is far more than that takes. */
const startTimeoutMs = 300_000;

/** Fast shutdown writes what is in memory; longer than this means that it hangs. */
const stopTimeoutMs = 60_000;

/** Between choosing a free port and the server taking it, another program may take it; then the next one is tried. */
const portTries = 5;

/**
 * Starts a PostgreSQL server that listens on the loopback address only, with a random password, on data that stay in
 * `directory`. A server that a killed process left behind on the same directory is stopped first: the caller makes
 * sure that the directory belongs to it alone.
 * @throws {LocalPostgresError}
 */
export async function startLocalPostgres(options: LocalPostgresOptions): Promise<LocalPostgres> {
  const directory = resolve(options.directory);
  const identity = serverIdentity();
  const account = identity.kind === 'account' ? identity.account : undefined;
  // Folders above it stay passable, since the server may run under another account.
  mkdirSync(dirname(directory), { recursive: true, mode: 0o711 });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (account) chownSync(directory, account.uid, account.gid);
  refuseUnreachable(directory, identity);
  const binaries = await findBinaries(account, join(directory, 'programs'));
  const data = join(directory, 'data');
  const passwordFile = join(directory, 'password');

  await stopLeftover(data);
  if (!existsSync(data)) await initialise(binaries, directory, data, passwordFile, identity);
  const password = readFileSync(passwordFile, 'utf8').trim();

  for (let tries = 1; ; tries++) {
    const port = await freePort();
    const started = await start(binaries, data, port, identity, options);
    if (started.ok) return running(started.child, port, password, options);
    if (!started.portTaken || tries === portTries) {
      throw new LocalPostgresError(
        'start-failed',
        `PostgreSQL did not start on ${data}:\n${started.log.trim().split('\n').slice(-8).join('\n')}`,
      );
    }
  }
}

/**
 * Finds out whether the server could run on a folder, which need not exist yet.
 * @throws {LocalPostgresError} `unreachable-directory`: the message says what to do.
 */
export function refuseUnreachable(directory: string, identity: ServerIdentity = serverIdentity()): void {
  if (identity.kind !== 'account') return;
  const closed = closedFolder(directory, identity.account);
  if (!closed) return;
  throw new LocalPostgresError(
    'unreachable-directory',
    `PostgreSQL does not run as root, and the account "${identity.account.name}" may not enter ${closed}. ` +
      'Choose a data directory below one that everybody may enter (for example /var/lib/plimsoll), or run as an ordinary user.',
  );
}

async function initialise(
  binaries: Binaries,
  directory: string,
  data: string,
  passwordFile: string,
  identity: ServerIdentity,
): Promise<void> {
  // initdb works beside the final place, so that a killed one is not taken for a database.
  const partial = `${data}.partial`;
  rmSync(partial, { recursive: true, force: true });
  writeFileSync(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
  chmodSync(passwordFile, 0o600);
  if (identity.kind === 'account') chownSync(passwordFile, identity.account.uid, identity.account.gid);
  const { command, args, ids } = commandAs(identity, binaries.initdb, [
    `--pgdata=${partial}`,
    '--username=plimsoll',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-instructions',
  ]);
  const child = spawn(command, args, {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: serverEnvironment(),
    ...ids,
  });
  const log = collect(child);
  const code = await exited(child);
  if (code !== 0) {
    throw new LocalPostgresError(
      'start-failed',
      `initdb ended with ${code} in ${directory}:\n${log().trim()}`,
    );
  }
  renameSync(partial, data);
}

type Started = { ok: true; child: ChildProcess } | { ok: false; portTaken: boolean; log: string };

async function start(
  binaries: Binaries,
  data: string,
  port: number,
  identity: ServerIdentity,
  options: LocalPostgresOptions,
): Promise<Started> {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    shared_buffers: '128MB',
    max_wal_size: '512MB',
    max_connections: '100',
    ...(options.durable === false
      ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
      : {}),
    ...options.settings,
  };
  const { command, args, ids } = commandAs(identity, binaries.postgres, [
    '-D',
    data,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  const child = spawn(command, args, {
    cwd: data,
    // A session of its own: Ctrl-C in a terminal must not stop the database before those who use it.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: serverEnvironment(),
    ...ids,
  });
  let log = '';
  let isReady = false;
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGQUIT'), startTimeoutMs);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n')) if (line !== '') options.onLog?.(line);
      if (isReady) return;
      log += text;
      if (!log.includes('database system is ready to accept connections')) return;
      isReady = true;
      clearTimeout(timer);
      resolve({ ok: true, child });
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ ok: false, portTaken: false, log: `${log}\n${error.message}` });
    });
    child.on('exit', () => {
      clearTimeout(timer);
      resolve({ ok: false, portTaken: log.includes('could not bind'), log });
    });
  });
}

function running(
  child: ChildProcess,
  port: number,
  password: string,
  options: LocalPostgresOptions,
): LocalPostgres {
  let isStopping = false;
  child.on('exit', (code, signal) => {
    if (!isStopping) options.onExit?.(`PostgreSQL ended with ${signal ?? code}`);
  });
  return {
    connectionString: (database = 'postgres') =>
      `postgresql://plimsoll:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
    pid: child.pid ?? 0,
    async stop() {
      isStopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGINT');
      const timer = setTimeout(() => child.kill('SIGQUIT'), stopTimeoutMs);
      await exited(child);
      clearTimeout(timer);
    },
  };
}

/** Stops a server that is still running on `data` although the process that started it is gone. */
async function stopLeftover(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1 || !isServerOf(pid, data)) return;
  process.kill(pid, 'SIGINT');
  for (let waitedMs = 0; isServerOf(pid, data); waitedMs += 50) {
    if (waitedMs > stopTimeoutMs) {
      throw new LocalPostgresError(
        'stop-failed',
        `PostgreSQL (process ${pid}) still runs on ${data} and does not stop.`,
      );
    }
    await sleep(50);
  }
}

/** Whether process `pid` is a PostgreSQL on `data`. Where /proc is missing, being alive is enough. */
function isServerOf(pid: number, data: string): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (!existsSync('/proc/self/cmdline')) return true;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(data);
  } catch {
    return false;
  }
}

/** Nothing of our own environment, which may hold secrets, reaches the server. */
function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => (text += part));
  }
  return () => text;
}

function exited(child: ChildProcess): Promise<number | string> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode);
  if (child.signalCode !== null) return Promise.resolve(child.signalCode);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string')
    throw new LocalPostgresError('start-failed', 'No free port.');
  return address.port;
}
