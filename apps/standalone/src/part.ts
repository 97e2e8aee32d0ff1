import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { backoffDelayMs, exitCodes, wait } from '@plimsoll/runtime';
import { CommandError } from './command.ts';

export type PartOptions = {
  readonly name: string;
  /** Arguments after `node`. */
  readonly args: readonly string[];
  /** The whole environment of the process, beside what every process needs. */
  readonly environment: Readonly<Record<string, string>>;
  /** Answers with 2xx when the part is ready. */
  readonly readyUrl?: string;
  readonly logs: string;
  /** Told when the part ended for good although nobody stopped it. */
  readonly onGivenUp: (message: string) => void;
};

/** Variables of ours that each part may need as well: where programs and certificates are, how to reach the network. */
const inherited = [
  'PATH',
  'HOME',
  'TMPDIR',
  'TZ',
  'LANG',
  'NODE_EXTRA_CA_CERTS',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
];

const readyTimeoutMs = 120_000;
const stopTimeoutMs = 30_000;
const restart = { firstMs: 500, capMs: 30_000 };
/** A part that lived this long was well; its next crash is counted as the first. */
const healthyAfterMs = 60_000;
const maxRestarts = 8;
const maxLogBytes = 16 * 1024 * 1024;

/** A process of ours that runs until stopped and is started again when it crashes. */
export class Part {
  readonly #options: PartOptions;
  readonly #stopping = new AbortController();
  #child: ChildProcess | undefined;
  #restarts = 0;

  constructor(options: PartOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get logFile(): string {
    return join(this.#options.logs, `${this.#options.name}.log`);
  }

  /** Starts the process and waits until it is ready. */
  async start(): Promise<void> {
    this.#spawn();
    if (this.#options.readyUrl) await this.#ready(this.#options.readyUrl);
  }

  /** Asks the process to stop, and ends it when it does not. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
    await gone;
    clearTimeout(timer);
  }

  #spawn(): void {
    const { args, environment } = this.#options;
    if ((statSync(this.logFile, { throwIfNoEntry: false })?.size ?? 0) > maxLogBytes) {
      renameSync(this.logFile, `${this.logFile}.1`);
    }
    const log = openSync(this.logFile, 'a', 0o600);
    const startedAt = Date.now();
    const child = spawn(process.execPath, args, {
      // A process group of its own: Ctrl-C reaches us alone, and we stop the parts in their order.
      detached: true,
      // The channel tells the part when we are gone, even when we were killed.
      stdio: ['ignore', log, log, 'ipc'],
      env: {
        ...Object.fromEntries(
          inherited.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
        ),
        // Compiled code is kept: a later start is quicker, and need not strip types again, which takes 20 MB.
        NODE_COMPILE_CACHE: join(this.#options.logs, '../compile-cache'),
        ...environment,
      },
    });
    closeSync(log);
    this.#child = child;
    child.on('exit', (code, signal) => {
      if (this.#stopping.signal.aborted) return;
      if (Date.now() - startedAt > healthyAfterMs) this.#restarts = 0;
      void this.#restartAfter(code, signal);
    });
  }

  async #restartAfter(code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    const { name, onGivenUp } = this.#options;
    const isHopeless = code === exitCodes.config || code === exitCodes.refused;
    if (isHopeless || this.#restarts >= maxRestarts) {
      this.#stopping.abort();
      onGivenUp(`The ${name} ended with ${signal ?? `exit code ${code}`}. Its log: ${this.logFile}`);
      return;
    }
    this.#restarts += 1;
    try {
      await wait(backoffDelayMs(restart, this.#restarts), this.#stopping.signal);
    } catch {
      return;
    }
    this.#spawn();
  }

  async #ready(url: string): Promise<void> {
    const deadline = Date.now() + readyTimeoutMs;
    while (Date.now() < deadline) {
      if (this.#stopping.signal.aborted) throw this.#notReady('ended while starting');
      try {
        const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
        await answer.arrayBuffer();
        if (answer.ok) return;
      } catch {
        // Not listening yet.
      }
      await wait(50);
    }
    throw this.#notReady(`was not ready within ${readyTimeoutMs / 1000} s`);
  }

  #notReady(what: string): CommandError {
    return new CommandError(
      exitCodes.unavailable,
      `The ${this.#options.name} ${what}. Its log: ${this.logFile}`,
    );
  }
}
