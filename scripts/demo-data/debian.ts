import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { State } from './layer.ts';

/** Packages whose list of files is shipped; the other lists would only add size. */
const listedPackages = [
  'base-files',
  'curl',
  'libc6:amd64',
  'nginx',
  'nginx-common',
  'openssl',
  'python3.11',
];

const systemFiles = ['etc/os-release', 'usr/lib/os-release', 'etc/debian_version'];

/** Reads what dpkg knows of a root file system, without the prose that package maintainers wrote. */
export function readDebianState(root: string): State {
  const lists = listedPackages.map((name) => `var/lib/dpkg/info/${name}.list`);
  const state: Record<string, State[string]> = { 'var/lib/dpkg/status': withoutProse(root) };
  for (const path of [...systemFiles, ...lists]) {
    const file = join(root, path);
    if (!existsSync(file)) continue;
    state[path] = lstatSync(file).isSymbolicLink() ? { link: readlinkSync(file) } : lines(file);
  }
  return state;
}

/** Runs a program inside a root file system. */
export function chroot(root: string, command: string[]): void {
  const environment = [
    '/usr/bin/env',
    'DEBIAN_FRONTEND=noninteractive',
    'LC_ALL=C',
    'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
  ];
  execFileSync('/usr/sbin/chroot', [root, ...environment, ...command], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Fields of dpkg's status that hold sentences, addresses of people, or checksums of configuration files. */
const droppedFields = /^(?:Description|Maintainer|Original-Maintainer|Homepage|Conffiles):/;

function withoutProse(root: string): string[] {
  let dropping = false;
  return lines(join(root, 'var/lib/dpkg/status')).filter((line) => {
    if (!line.startsWith(' ')) dropping = droppedFields.test(line);
    return !dropping;
  });
}

function lines(file: string): string[] {
  return readFileSync(file, 'utf8').replace(/\n$/, '').split('\n');
}
