import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Longest a process may take until it answers, milliseconds. */
const startMs = 60_000;

/** Processes that are ended together. */
export class Programs {
  readonly #running = new Set<ChildProcess>();

  /** Starts Node with these arguments and nothing of our environment but PATH. */
  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    const child = spawn(process.execPath, args, {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.#running.add(child);
    child.once('exit', () => this.#running.delete(child));
    return child;
  }

  /** Starts a program of this folder that prints its port first; answers with its address. */
  async serve(file: string, ...args: string[]): Promise<{ url: string; child: ChildProcess }> {
    const child = spawn(process.execPath, [fileURLToPath(import.meta.resolve(file)), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#running.add(child);
    const [port] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    return { url: `http://127.0.0.1:${port}`, child };
  }

  async end(): Promise<void> {
    await Promise.all([...this.#running].map((child) => end(child)));
  }
}

/** Ends a process and waits until it has ended. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** Waits until an address answers well. */
export async function answering(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  everyMs = 50,
): Promise<void> {
  const deadline = Date.now() + startMs;
  while (Date.now() < deadline) {
    const signal = AbortSignal.timeout(2_000);
    const answer = await fetch(url, { headers, signal }).catch(() => undefined);
    await answer?.arrayBuffer().catch(() => undefined);
    if (answer?.ok) return;
    await sleep(everyMs);
  }
  throw new Error(`${url} does not answer`);
}

/** Memory of a process now (`VmRSS`) or at its highest (`VmHWM`), MiB; proc(5). */
export function memoryMiB(pid: number | undefined, line: 'VmRSS' | 'VmHWM' = 'VmRSS'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${line}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
}

/** From now on the highest memory of a process is that of what follows; proc(5). */
export function forgetPeak(pid: number | undefined): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
