import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Another account of this machine. */
export type Account = { readonly name: string; readonly uid: number; readonly gid: number };

/** As whom the server's programs run. PostgreSQL refuses to run as root. */
export type ServerIdentity =
  | { readonly kind: 'ourselves' }
  /** Root, but called by another number inside a user namespace: files stay ours, and closed folders stay reachable. */
  | { readonly kind: 'namespace'; readonly prefix: readonly string[] }
  /** Where namespaces are not allowed (most containers): the account `postgres` or `nobody`. None is created. */
  | { readonly kind: 'account'; readonly account: Account };

/** The account number that the server sees itself as in a namespace: `daemon`, which every Linux has. */
const namespacePrefix = ['unshare', '--user', '--map-user=1', '--map-group=1'];

/** Finds out as whom the server can run. */
export function serverIdentity(): ServerIdentity {
  if (process.getuid?.() !== 0) return { kind: 'ourselves' };
  const [command = '', ...args] = namespacePrefix;
  if (spawnSync(command, [...args, 'true'], { cwd: '/', stdio: 'ignore' }).status === 0) {
    return { kind: 'namespace', prefix: namespacePrefix };
  }
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const fields = lines.find((line) => line.startsWith(`${name}:`))?.split(':');
    if (fields) return { kind: 'account', account: { name, uid: Number(fields[2]), gid: Number(fields[3]) } };
  }
  return { kind: 'ourselves' };
}

/** A command line and its options for running a program under an identity. */
export function commandAs(
  identity: ServerIdentity,
  program: string,
  args: readonly string[],
): { command: string; args: string[]; ids: { uid?: number; gid?: number } } {
  if (identity.kind !== 'namespace') {
    const ids = identity.kind === 'account' ? { uid: identity.account.uid, gid: identity.account.gid } : {};
    return { command: program, args: [...args], ids };
  }
  const [command = '', ...prefix] = identity.prefix;
  return { command, args: [...prefix, program, ...args], ids: {} };
}

/** The first folder above `path` (itself included) that `account` may not enter, or undefined when it can reach it. */
export function closedFolder(path: string, account: Account): string | undefined {
  const folders = [path];
  while (dirname(folders[0] ?? '/') !== folders[0]) folders.unshift(dirname(folders[0] ?? '/'));
  return folders.find((folder) => {
    const stat = statSync(folder, { throwIfNoEntry: false });
    if (!stat?.isDirectory()) return false;
    if (stat.uid === account.uid) return (stat.mode & 0o100) === 0;
    if (stat.gid === account.gid) return (stat.mode & 0o010) === 0;
    return (stat.mode & 0o001) === 0;
  });
}
