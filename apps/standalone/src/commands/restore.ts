import { existsSync, rmSync } from 'node:fs';
import { LocalPostgresError, putBack, startLocalPostgres } from '@plimsoll/local-postgres';
import { exitCodes } from '@plimsoll/runtime';
import { BackupArchiveError, machineKind, openBackup, type BackupManifest } from '../backup-archive.ts';
import { CommandError, readOptions, UsageError, type Command } from '../command.ts';
import { DataDirectory } from '../data-directory.ts';
import { chooseDatabaseFolder, elsewhereFolder, insideFolder } from '../database-folder.ts';
import { printLine } from '../terminal.ts';

/** `plimsoll restore`: makes a data directory from a backup. */
export const restore: Command = {
  help: `Usage: plimsoll restore [options] FILE

Makes a data directory for "plimsoll up" from a file of "plimsoll backup", and starts its database once to see that it
is whole. The directory must not hold data yet: nothing is overwritten.

  --data-dir DIR    where to (default .plimsoll)

The same release or a newer one, on the same kind of machine (processor, operating system) as the backup's.

Exit codes: 0 done, 1 the file is damaged or fits neither release nor machine, 4 the directory or file cannot be used.`,

  async run(args) {
    const { values, positionals } = readOptions(args, { 'data-dir': { type: 'string' } });
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0) throw new UsageError('Say which file to restore: one.');
    if (!existsSync(file)) throw new CommandError(exitCodes.unavailable, `There is no file ${file}.`);
    const directory = new DataDirectory(values['data-dir'] ?? '.plimsoll');
    refuseData(directory);
    directory.lock();
    try {
      await restoreInto(directory, file, values['data-dir'] === undefined);
    } finally {
      directory.release();
    }
    const option = values['data-dir'] === undefined ? '' : ` -- --data-dir ${values['data-dir']}`;
    printLine(`\nGo on with: npm run quickstart${option}`);
    return exitCodes.ok;
  },
};

function refuseData(directory: DataDirectory): void {
  const { path } = directory;
  const places = [insideFolder(path), elsewhereFolder(path)].filter((place) => existsSync(place));
  if (places.length === 0 && directory.readState() === undefined) return;
  throw new CommandError(
    exitCodes.unavailable,
    `${places[0] ?? path} holds data already, and nothing is overwritten.\nName another folder with --data-dir, or move that one away.`,
  );
}

async function restoreInto(directory: DataDirectory, file: string, isDefault: boolean): Promise<void> {
  const place = chooseDatabaseFolder(directory.path, isDefault);
  try {
    const opened = await openBackup(file);
    await refuseForeign(opened.manifest, file);
    await putBack(place, opened.database);
    const { state, end } = opened.rest();
    // Replays the log that came along.
    await (await startLocalPostgres({ directory: place })).stop();
    directory.writeState(directory.parseState(state));
    printLine(
      `Restored ${end.files} files as of ${opened.manifest.created_at.slice(0, 16)} into ${directory.path}.`,
    );
  } catch (error) {
    rmSync(place, { recursive: true, force: true });
    if (error instanceof BackupArchiveError || error instanceof LocalPostgresError) {
      throw new CommandError(exitCodes.failure, `Nothing was restored: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

async function refuseForeign({ machine, schema }: BackupManifest, file: string): Promise<void> {
  if (machine !== machineKind) {
    throw new BackupArchiveError(
      `${file} comes from ${machine}, this is ${machineKind}; files of a database do not move between them.`,
    );
  }
  const { newestMigration } = await import('@plimsoll/platform');
  if (schema > newestMigration()) {
    throw new BackupArchiveError(
      `${file} comes from a newer release of Plimsoll (${schema}). Update this one first.`,
    );
  }
}
