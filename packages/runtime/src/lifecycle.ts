import { ConfigError } from './config.ts';
import type { Logger } from './logger.ts';

/** Exit codes of every process; documented in docs/operations/exit-codes.md. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  /** The environment cannot be used; waiting does not help. */
  config: 3,
  /** Something this process depends on cannot be reached. */
  unavailable: 4,
  /** Another process holds the data directory. */
  locked: 5,
  /** A token or password was refused. */
  refused: 6,
} as const;

/** What is to be undone when a process stops, newest first. */
export class Lifecycle {
  readonly #steps: { name: string; stop: () => Promise<void> | void }[] = [];
  #stopping: Promise<void> | undefined;

  /** Registers something that must be stopped. Stops run one after the other, in reverse order. */
  onStop(name: string, stop: () => Promise<void> | void): void {
    this.#steps.push({ name, stop });
  }

  get isStopping(): boolean {
    return this.#stopping !== undefined;
  }

  /** Stops everything once; a step that fails is logged and does not keep the others from stopping. */
  stop(log: Logger): Promise<void> {
    this.#stopping ??= (async () => {
      for (const step of this.#steps.toReversed()) {
        try {
          await step.stop();
        } catch (error) {
          log.error({ err: error, step: step.name }, 'stop step failed');
        }
      }
    })();
    return this.#stopping;
  }
}

/** Longest time a process takes to stop before it is ended, milliseconds. Kubernetes kills after 30 s. */
const stopDeadlineMs = 25_000;

/**
 * Runs a process: starts it, stops it on SIGTERM, SIGINT or when its parent's channel closes, and sets the exit
 * code. An error during the start is printed with what to do, not as a stack.
 */
export async function runProcess(log: Logger, start: (lifecycle: Lifecycle) => Promise<void>): Promise<void> {
  const lifecycle = new Lifecycle();
  const stop = (reason: string, code: number) => {
    if (lifecycle.isStopping) return;
    log.info({ reason }, 'process stopping');
    const timer = setTimeout(() => {
      log.error('process did not stop in time');
      process.exit(code || exitCodes.failure);
    }, stopDeadlineMs);
    void lifecycle.stop(log).then(() => {
      clearTimeout(timer);
      log.info('process stopped');
      process.exit(code);
    });
  };
  process.on('SIGTERM', () => stop('SIGTERM', exitCodes.ok));
  process.on('SIGINT', () => stop('SIGINT', exitCodes.ok));
  process.on('disconnect', () => stop('parent gone', exitCodes.ok));
  process.on('uncaughtException', (error) => {
    log.error({ err: error }, 'uncaught error');
    stop('uncaught error', exitCodes.failure);
  });
  process.on('unhandledRejection', (error) => {
    log.error({ err: error }, 'unhandled rejection');
    stop('unhandled rejection', exitCodes.failure);
  });
  try {
    await start(lifecycle);
  } catch (error) {
    log.error({ err: error }, 'process could not start');
    await lifecycle.stop(log);
    process.exit(error instanceof ConfigError ? exitCodes.config : exitCodes.failure);
  }
}

/** Runs a part as a program: when its environment cannot be used, says so on standard error and in the exit code. */
export async function runProgram(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = exitCodes.config;
  }
}
