import { existsSync } from 'node:fs';
import { chown, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LocalPostgresError } from './errors.ts';
import type { BackupEntry } from './hot-backup.ts';
import { serverIdentity } from './server-identity.ts';

/** Names as `hotBackup` gives them; nothing that leads out of the folder. */
const pathPattern = /^(?:password|data(?:\/[\w-][\w.-]*)*)$/;

/**
 * Makes the folder of a server from what `hotBackup` read. The folder appears when it is whole. The first start on it
 * replays the log that came along.
 * @throws {LocalPostgresError} `backup-failed` when the folder is there already or an entry is not one of a backup.
 */
export async function putBack(directory: string, entries: AsyncIterable<BackupEntry>): Promise<void> {
  if (existsSync(directory)) {
    throw new LocalPostgresError('backup-failed', `There is a database in ${directory} already.`);
  }
  const partial = `${directory}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(dirname(directory), { recursive: true, mode: 0o711 });
  const identity = serverIdentity();
  const owner = identity.kind === 'account' ? identity.account : undefined;
  try {
    await makeFolder(partial, owner);
    for await (const entry of entries) {
      if (!pathPattern.test(entry.path)) {
        throw new LocalPostgresError('backup-failed', `"${entry.path}" does not belong into a backup.`);
      }
      const path = join(partial, entry.path);
      if (entry.sizeBytes === undefined) await makeFolder(path, owner);
      else await writeWhole(path, entry, owner);
    }
    await rename(partial, directory);
    await flush(dirname(directory));
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

type Owner = { readonly uid: number; readonly gid: number } | undefined;

async function makeFolder(path: string, owner: Owner): Promise<void> {
  await mkdir(path, { mode: 0o700 });
  if (owner) await chown(path, owner.uid, owner.gid);
}

async function writeWhole(path: string, entry: BackupEntry, owner: Owner): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of entry.read()) await file.writeFile(chunk);
    if (owner) await file.chown(owner.uid, owner.gid);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function flush(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
