import { createReadStream, type Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Client } from 'pg';
import { LocalPostgresError } from './errors.ts';

/** A file or folder of a backup. */
export type BackupEntry = {
  /** Below the server's folder, as `startLocalPostgres` has it: `data/base/5/1259`. */
  readonly path: string;
  /** Bytes; undefined for a folder. */
  readonly sizeBytes: number | undefined;
  /** Exactly `sizeBytes` bytes. Files change while they are read; the log that goes with them mends that. */
  readonly read: () => AsyncIterable<Uint8Array>;
};

/** Left out, as pg_basebackup does: rebuilt at a start, of the running server only, or (the log) added at the end. */
const emptyFolders = new Set([
  'pg_dynshmem',
  'pg_notify',
  'pg_replslot',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
  'pg_wal',
]);
const leftOut = new Set([
  'postmaster.pid',
  'postmaster.opts',
  'backup_label',
  'tablespace_map',
  'current_logfiles',
]);

/**
 * Reads a consistent copy of a running server's files, while it goes on working. The order of the files matters to
 * nobody; all of them are needed. Put into an empty folder they are what `startLocalPostgres` goes on from.
 * The procedure is PostgreSQL's "Making a Non-Exclusive Low-Level Backup" (documentation, "Continuous Archiving"), with
 * a temporary replication slot that keeps the log while it is needed.
 * @param connectionString of a superuser, to a server of `startLocalPostgres` on this machine.
 * @throws {LocalPostgresError} `backup-failed`.
 */
export async function* hotBackup(connectionString: string): AsyncGenerator<BackupEntry> {
  const client = new Client({ connectionString });
  client.on('error', () => undefined);
  try {
    await client.connect();
    yield* backupOf(client);
  } catch (error) {
    if (error instanceof LocalPostgresError) throw error;
    throw new LocalPostgresError(
      'backup-failed',
      `The database cannot be copied: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  } finally {
    // Ends the backup and drops the slot, too, when the work was given up in the middle.
    await client.end();
  }
}

async function* backupOf(client: Client): AsyncGenerator<BackupEntry> {
  const data = await textOf(client, `select setting as text from pg_settings where name = 'data_directory'`);
  if ((await readdir(join(data, 'pg_tblspc'))).length > 0) {
    throw new LocalPostgresError('backup-failed', `${data} has tablespaces, which are not copied.`);
  }
  await client.query(
    `select pg_create_physical_replication_slot('plimsoll_backup_' || pg_backend_pid(), true, true)`,
  );
  const firstLog = await textOf(
    client,
    `select pg_walfile_name(pg_backup_start('plimsoll', fast => true)) as text`,
  );

  yield await fileEntry(join(data, '..', 'password'), 'password');
  yield folderEntry('data');
  // The control file last: what it says is then true of all the others.
  const control = join(data, 'global', 'pg_control');
  yield* filesBelow(data, data, (path) => path !== control);
  yield await fileEntry(control, 'data/global/pg_control');

  const { rows } = await client.query<{ label: string; last: string }>(
    'select labelfile as label, pg_walfile_name(lsn) as last from pg_backup_stop(wait_for_archive => false)',
  );
  const stopped = rows[0];
  if (!stopped) throw new LocalPostgresError('backup-failed', 'pg_backup_stop answered nothing.');
  const label = Buffer.from(stopped.label);
  yield { path: 'data/backup_label', sizeBytes: label.length, read: () => once(label) };

  yield* logBetween(join(data, 'pg_wal'), firstLog, stopped.last);
}

async function* logBetween(folder: string, first: string, last: string): AsyncGenerator<BackupEntry> {
  const segments = (await readdir(folder)).filter(
    (name) => /^[0-9A-F]{24}$/.test(name) && name >= first && name <= last,
  );
  for (const needed of [first, last]) {
    if (!segments.includes(needed))
      throw new LocalPostgresError('backup-failed', `The log ${needed} is gone from ${folder}.`);
  }
  for (const name of segments) yield await fileEntry(join(folder, name), `data/pg_wal/${name}`);
}

async function* filesBelow(
  data: string,
  folder: string,
  wanted: (path: string) => boolean,
): AsyncGenerator<BackupEntry> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (isLeftOut(entry) || !wanted(path)) continue;
    const name = `data/${relative(data, path)}`;
    if (entry.isDirectory()) {
      yield folderEntry(name);
      if (folder !== data || !emptyFolders.has(entry.name)) yield* filesBelow(data, path, wanted);
    } else if (entry.isFile()) {
      const file = await fileEntry(path, name).catch(ignoreMissing);
      if (file) yield file;
    }
  }
}

function isLeftOut({ name }: Dirent): boolean {
  return leftOut.has(name) || name.startsWith('pgsql_tmp') || name === 'pg_internal.init';
}

function folderEntry(path: string): BackupEntry {
  return { path, sizeBytes: undefined, read: () => once(new Uint8Array()) };
}

async function fileEntry(file: string, path: string): Promise<BackupEntry> {
  const { size } = await lstat(file);
  return { path, sizeBytes: size, read: () => exactly(file, size) };
}

/** A table that was dropped meanwhile; the log knows. */
function ignoreMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}

/** The first `size` bytes of a file; zeros where it became shorter or is gone. */
async function* exactly(file: string, size: number): AsyncGenerator<Uint8Array> {
  let left = size;
  if (size > 0) {
    try {
      for await (const chunk of createReadStream(file, { end: size - 1 }) as AsyncIterable<Buffer>) {
        left -= chunk.length;
        yield chunk;
      }
    } catch (error) {
      ignoreMissing(error);
    }
  }
  const zeros = new Uint8Array(Math.min(left, 65_536));
  for (; left > 0; left -= zeros.length) yield zeros.subarray(0, Math.min(left, zeros.length));
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

async function textOf(client: Client, query: string): Promise<string> {
  const { rows } = await client.query<{ text: string }>(query);
  const text = rows[0]?.text;
  if (text === undefined) throw new LocalPostgresError('backup-failed', `No answer to: ${query}`);
  return text;
}
