import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { exitCodes } from '@plimsoll/runtime';
import { z } from 'zod';
import { CommandError } from './command.ts';

const RegistryState = z.object({
  name: z.string(),
  type: z.string(),
  /** Absent for the demo registry, whose address is new at each start. */
  base: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  integrationId: z.string().optional(),
  brokerToken: z.string().optional(),
});
export type RegistryState = z.infer<typeof RegistryState>;

const State = z.object({
  version: z.literal(1),
  admin: z.object({ email: z.string(), password: z.string() }),
  orgId: z.string().optional(),
  /** Seals what the database keeps secret; states of the first release have none yet. */
  encryptionKey: z.string().optional(),
  registries: z.array(RegistryState),
});
/** What `plimsoll up` remembers between starts. It holds secrets: the file is readable by its owner only. */
export type State = z.infer<typeof State>;

const Runtime = z.object({ platformUrl: z.string(), databaseUrl: z.string() });
/** Where the running parts are; there only while `plimsoll up` runs. */
export type Runtime = z.infer<typeof Runtime>;

/** The folder that holds everything of one `plimsoll up`: database, logs, layer cache, state. */
export class DataDirectory {
  readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
  }

  get logs(): string {
    return join(this.path, 'logs');
  }

  /**
   * Makes the folder ours until `release` is called or the process ends.
   * @throws {CommandError} naming the process that holds it.
   */
  lock(): void {
    // Passable but not listable for others: as root, the database may run under another account.
    mkdirSync(this.path, { recursive: true, mode: 0o711 });
    mkdirSync(this.logs, { recursive: true, mode: 0o700 });
    for (let tries = 0; tries < 2; tries++) {
      try {
        const file = openSync(this.#lockFile, 'wx', 0o600);
        writeSync(file, `${process.pid} ${processStart(process.pid) ?? ''}\n`);
        closeSync(file);
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = this.#holder();
      if (holder !== undefined) {
        throw new CommandError(
          exitCodes.locked,
          `Plimsoll already runs on ${this.path} (process ${holder}).\n` +
            'Stop that one first, or give this one a folder of its own with --data-dir.',
        );
      }
      rmSync(this.#lockFile, { force: true });
    }
    throw new CommandError(exitCodes.locked, `Another start on ${this.path} is under way.`);
  }

  release(): void {
    rmSync(this.#runtimeFile, { force: true });
    rmSync(this.#lockFile, { force: true });
  }

  readState(): State | undefined {
    if (!existsSync(this.#stateFile)) return undefined;
    return this.parseState(readFileSync(this.#stateFile, 'utf8'));
  }

  /** @throws {CommandError} when the text is not what `writeState` writes. */
  parseState(text: string): State {
    const parsed = State.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    throw new CommandError(
      exitCodes.config,
      `${this.#stateFile} cannot be read: ${z.prettifyError(parsed.error)}\nRestore it, or start anew with another --data-dir.`,
    );
  }

  writeState(state: State): void {
    replaceFile(this.#stateFile, JSON.stringify(state, undefined, 2));
  }

  /** Where the running parts are, or undefined when nothing runs on this folder. */
  readRuntime(): Runtime | undefined {
    if (this.#holder() === undefined || !existsSync(this.#runtimeFile)) return undefined;
    return Runtime.safeParse(parseJson(readFileSync(this.#runtimeFile, 'utf8'))).data;
  }

  writeRuntime(runtime: Runtime): void {
    replaceFile(this.#runtimeFile, JSON.stringify(runtime));
  }

  /** The process that holds the lock, or undefined when that process is gone. */
  #holder(): number | undefined {
    if (!existsSync(this.#lockFile)) return undefined;
    const [pid = '', start = ''] = readFileSync(this.#lockFile, 'utf8').trim().split(' ');
    const now = processStart(Number(pid));
    return now !== undefined && now === start ? Number(pid) : undefined;
  }

  get #lockFile(): string {
    return join(this.path, 'lock');
  }

  get #stateFile(): string {
    return join(this.path, 'state.json');
  }

  get #runtimeFile(): string {
    return join(this.path, 'runtime.json');
  }
}

/** Replaces a file at once, so that a killed process leaves the old one or the new one. */
function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** When a process was started, so that a number that was given out again is not taken for it; undefined when it is gone. */
function processStart(pid: number): string | undefined {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  try {
    // Field 22 of /proc/PID/stat; the command in field 2 may hold spaces, so count from its closing bracket.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19] ?? 'unknown';
  } catch {
    return existsSync('/proc/self/stat') ? undefined : 'unknown';
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
