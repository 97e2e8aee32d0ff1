import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';

const command = join(import.meta.dirname, '../../scripts/plimsoll.mjs');

export type RunningCommand = {
  readonly child: ChildProcess;
  /** Everything printed so far, standard output and error together. */
  output(): string;
  /** Resolves when the output holds `text`; rejects when the process ends before. */
  printed(text: string | RegExp): Promise<void>;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | string>;
};

export type RunOptions = {
  readonly input?: string | Uint8Array;
  readonly env?: Record<string, string>;
  readonly uid?: number;
};

/** Starts `plimsoll ARGS` as a person would. */
export function startPlimsoll(args: readonly string[], options: RunOptions = {}): RunningCommand {
  const child = spawn(process.execPath, [command, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  child.stdin.end(options.input ?? '');
  let output = '';
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const check of waiting) check();
    });
  }
  const ended = new Promise<number | string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  return {
    child,
    output: () => output,
    ended,
    printed: (text) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (typeof text === 'string' ? output.includes(text) : text.test(output)) {
            waiting.delete(check);
            resolve();
          }
        };
        waiting.add(check);
        check();
        void ended.then((code) => {
          check();
          reject(new Error(`plimsoll ended with ${code} and did not print ${String(text)}:\n${output}`));
        });
      }),
  };
}

/** Runs `plimsoll ARGS` to its end. */
export async function plimsoll(
  args: readonly string[],
  options: RunOptions = {},
): Promise<{ code: number | string; output: string }> {
  const running = startPlimsoll(args, options);
  const code = await running.ended;
  return { code, output: running.output() };
}

/** A port that nothing listens on now. */
export async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
