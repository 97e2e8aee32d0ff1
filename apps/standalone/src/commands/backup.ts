import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { hotBackup, startLocalPostgres } from '@plimsoll/local-postgres';
import { exitCodes } from '@plimsoll/runtime';
import { Client } from 'pg';
import { machineKind, writeBackup, type BackupManifest } from '../backup-archive.ts';
import { CommandError, readOptions, UsageError, type Command } from '../command.ts';
import { DataDirectory } from '../data-directory.ts';
import { databaseFolder } from '../database-folder.ts';
import { printLine } from '../terminal.ts';

/** `plimsoll backup`: one file that `plimsoll restore` makes a data directory from. */
export const backup: Command = {
  help: `Usage: plimsoll backup [options]

Writes everything a "plimsoll up" keeps into one file: its database, and the state that goes with it (logins, broker
tokens, passwords of registries, the key that seals secrets). Keep the file as safe as those: only its owner may read it.
Works while "plimsoll up" runs, without holding it up; what was committed when the backup ends is in it. Layers that were
read and logs are left out: the agent reads layers again when it needs them.

  --data-dir DIR    data directory of the "plimsoll up" (default .plimsoll)
  --output FILE     default plimsoll-backup-TIME.tar.zst

For a PostgreSQL of your own (DATABASE_URL) use its tools (pg_dump, pg_basebackup), and keep ENCRYPTION_KEY with it.

Exit codes: 0 done, 4 the database or the file cannot be used.`,

  async run(args) {
    const { values, positionals } = readOptions(args, {
      'data-dir': { type: 'string', default: '.plimsoll' },
      output: { type: 'string' },
    });
    if (positionals.length > 0) throw new UsageError(`"${positionals[0]}" is not understood here.`);
    const directory = new DataDirectory(values['data-dir']);
    if (directory.readState() === undefined) {
      throw new CommandError(
        exitCodes.unavailable,
        `There is no data of "plimsoll up" in ${directory.path}.`,
      );
    }
    const output =
      values.output ?? `plimsoll-backup-${new Date().toISOString().slice(0, 16).replace(':', '')}.tar.zst`;
    if (existsSync(output)) {
      throw new CommandError(
        exitCodes.unavailable,
        `${output} is there already; name another with --output.`,
      );
    }
    await withDatabase(directory, (databaseUrl) => backUp(directory, databaseUrl, output));
    return exitCodes.ok;
  },
};

/** Runs `work` on the database of a data directory, started for it when nothing runs there. */
async function withDatabase(
  directory: DataDirectory,
  work: (databaseUrl: string) => Promise<void>,
): Promise<void> {
  const runtime = directory.readRuntime();
  if (runtime) return work(runtime.databaseUrl);
  directory.lock();
  try {
    const postgres = await startLocalPostgres({ directory: databaseFolder(directory.path) });
    try {
      await work(postgres.connectionString());
    } finally {
      await postgres.stop();
    }
  } finally {
    directory.release();
  }
}

async function backUp(directory: DataDirectory, databaseUrl: string, output: string): Promise<void> {
  const partial = `${output}.partial`;
  rmSync(partial, { force: true });
  try {
    const manifest = await manifestOf(databaseUrl);
    const state = () => JSON.stringify(directory.readState());
    const { files, bytes } = await writeBackup(partial, manifest, hotBackup(databaseUrl), state);
    renameSync(partial, output);
    printLine(
      `${output}: ${megabytes(statSync(output).size)} (${files} files, ${megabytes(bytes)} unpacked)`,
    );
    printLine('It holds passwords and keys: keep it safe. "plimsoll restore" makes a data directory of it.');
  } catch (error) {
    rmSync(partial, { force: true });
    throw new CommandError(exitCodes.unavailable, `No backup was made: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function manifestOf(databaseUrl: string): Promise<BackupManifest> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ schema: string; version: number }>(
      `select max(name) as schema, current_setting('server_version_num')::int as version from migration`,
    );
    return {
      format: 'plimsoll-backup-1',
      created_at: new Date().toISOString(),
      machine: machineKind,
      postgres: Math.floor((rows[0]?.version ?? 0) / 10_000),
      schema: rows[0]?.schema ?? '',
    };
  } finally {
    await client.end();
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
