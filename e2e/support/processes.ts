import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { vi } from 'vitest';

const apps = join(import.meta.dirname, '../../apps');

/** One of the product's processes, running. */
export type RunningProcess = {
  readonly pid: number;
  /** What it logged so far. */
  output(): string;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  /** Freezes it (SIGSTOP) or lets it go on (SIGCONT). */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
};

/** What runs; ended with the process of the tests, whatever becomes of these. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts an app as it is deployed: its `main.ts`, with its environment and nothing else of ours. */
export function startProcess(
  app: 'platform' | 'broker-client' | 'agent',
  env: Readonly<Record<string, string>>,
): RunningProcess {
  return startFile(join(apps, app, 'src/main.ts'), env);
}

/** Starts a file with Node. */
export function startFile(file: string, env: Readonly<Record<string, string>>): RunningProcess {
  const child = spawn(process.execPath, [file], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return {
    pid: child.pid ?? 0,
    output: () => output,
    kill: () => end(child, 'SIGKILL'),
    stop: () => end(child, 'SIGTERM'),
    signal: (signal) => void child.kill(signal),
  };
}

async function end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

/** Longest a process may take until it answers; several of them may start on two busy cores at once. */
const answerTimeoutMs = 60_000;

/** Waits until an address answers well; fails with what the process behind it printed. */
export async function answers(url: string, by: { output(): string }): Promise<void> {
  await vi.waitFor(
    async () => {
      const answer = await fetch(url).catch(() => undefined);
      if (!answer?.ok) throw new Error(`${url} does not answer:\n${by.output().slice(-4_000)}`);
    },
    { timeout: answerTimeoutMs, interval: 50 },
  );
}

/**
 * Starts a platform at an address on the loopback, and waits until it is ready.
 * @param env what it is told besides.
 */
export async function startPlatform(
  url: string,
  database: { readonly connectionString: string },
  admin: { readonly email: string; readonly password: string },
  env: Readonly<Record<string, string>> = {},
): Promise<RunningProcess> {
  const started = startProcess('platform', {
    PORT: new URL(url).port,
    HOST: '127.0.0.1',
    DATABASE_URL: database.connectionString,
    ADMIN_EMAIL: admin.email,
    ADMIN_PASSWORD: admin.password,
    ...env,
  });
  await answers(`${url}/readyz`, started);
  return started;
}
