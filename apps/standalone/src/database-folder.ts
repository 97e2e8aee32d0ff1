import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LocalPostgresError, refuseUnreachable } from '@plimsoll/local-postgres';

/** Where the database of a data directory is. */
export function insideFolder(dataDirectory: string): string {
  return join(dataDirectory, 'postgres');
}

/** Where it is instead when it cannot be inside: root in a container, in a folder closed to others. */
export function elsewhereFolder(dataDirectory: string): string {
  const name = createHash('sha256').update(insideFolder(dataDirectory)).digest('hex').slice(0, 12);
  return join('/var/lib/plimsoll', name);
}

/** Which of the two holds data. */
export function databaseFolder(dataDirectory: string): string {
  const elsewhere = elsewhereFolder(dataDirectory);
  return existsSync(join(elsewhere, 'data')) ? elsewhere : insideFolder(dataDirectory);
}

/**
 * Where the database of a data directory goes: elsewhere only where it cannot be inside and nobody chose the directory.
 * Where it cannot be and somebody did, the start says so.
 */
export function chooseDatabaseFolder(dataDirectory: string, isDefaultDirectory: boolean): string {
  const inside = insideFolder(dataDirectory);
  if (!isDefaultDirectory) return inside;
  try {
    refuseUnreachable(inside);
    return inside;
  } catch (error) {
    if (!(error instanceof LocalPostgresError)) throw error;
    return elsewhereFolder(dataDirectory);
  }
}
