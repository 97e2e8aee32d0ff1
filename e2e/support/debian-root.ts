import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { missingPrograms, runProgram } from './programs.ts';

const mirror = 'http://deb.debian.org/debian';

/** Why a Debian root file system cannot be made here; undefined when it can. */
export function debianRootRefusal(): string | undefined {
  if (process.getuid?.() !== 0) return 'making a Debian root file system needs root';
  if (missingPrograms('mmdebstrap', 'debootstrap').length === 2) {
    return 'neither mmdebstrap nor debootstrap is installed';
  }
  return missingPrograms('dpkg-query', 'tar').map((name) => `${name} is not installed`)[0];
}

/** Manuals and translations: nothing reads them, and they are half of the files. */
const leftOut = ['doc', 'man', 'locale', 'info'].map(
  (folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`,
);

/**
 * Makes a minimal Debian 12 in `dir`, which must not exist, with more packages and what they depend on. Needs a mirror
 * in reach; mmdebstrap takes about 20 s for 100 packages more, debootstrap twice as long.
 */
export async function makeDebianRoot(dir: string, packages: readonly string[] = []): Promise<void> {
  if (missingPrograms('mmdebstrap').length === 0) {
    const include = packages.length > 0 ? [`--include=${packages.join(',')}`] : [];
    const options = ['--quiet', '--variant=minbase', '--dpkgopt=force-unsafe-io', ...leftOut, ...include];
    await runProgram('mmdebstrap', [...options, 'bookworm', dir, mirror]);
    await copyFile('/etc/resolv.conf', join(dir, 'etc/resolv.conf'));
    return;
  }
  await runProgram('debootstrap', ['--variant=minbase', 'bookworm', dir, mirror]);
  await copyFile('/etc/resolv.conf', join(dir, 'etc/resolv.conf'));
  if (packages.length === 0) return;
  await inRoot(dir, 'apt-get update');
  await inRoot(dir, `apt-get install -y --no-install-recommends ${packages.join(' ')}`);
}

/** Runs a program inside a root file system. */
export async function inRoot(dir: string, command: string): Promise<void> {
  const environment = [
    '/usr/bin/env',
    'DEBIAN_FRONTEND=noninteractive',
    'LC_ALL=C',
    'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
  ];
  await runProgram('chroot', [dir, ...environment, ...command.split(' ')]);
}

/** `name version architecture status` of every package that dpkg knows in a root file system, sorted. */
export async function dpkgPackages(dir: string): Promise<string[]> {
  const format = '${Package} ${Version} ${Architecture} ${db:Status-Status}\\n';
  const admin = `--admindir=${join(dir, 'var/lib/dpkg')}`;
  const text = await runProgram('dpkg-query', [admin, '-W', '-f', format]);
  return text.trimEnd().split('\n').sort();
}
