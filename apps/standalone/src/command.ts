import { parseArgs, type ParseArgsConfig } from 'node:util';

/** One subcommand of `plimsoll`; commands/index.ts names it. */
export type Command = {
  /** What `--help` prints: usage, what it does, every option. */
  readonly help: string;
  /** Does the work and answers with the exit code; see docs/operations/exit-codes.md. */
  run(args: string[]): Promise<number>;
};

/** The command line cannot be understood; the message says which part. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Something the person at the terminal can mend: printed as a sentence, without a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/**
 * Reads the options of a command line.
 * @throws {UsageError} for an unknown option or a missing value.
 */
export function readOptions<T extends NonNullable<ParseArgsConfig['options']>>(args: string[], options: T) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError((error as Error).message.split('. To specify')[0] ?? 'bad option');
  }
}
