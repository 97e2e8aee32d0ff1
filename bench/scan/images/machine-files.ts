import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../../../e2e/support/programs.ts';
import { progress } from '../../report.ts';
import { packTar, type PackedLayer } from './pack-layer.ts';

const MiB = 1024 * 1024;
const root = join(import.meta.dirname, '../../..');

/** One layer: files of this machine below these folders, up to so many bytes before compression. */
type MachineLayer = { readonly name: string; readonly folders: readonly string[]; readonly maxBytes: number };

const layers: readonly MachineLayer[] = [
  {
    name: 'packages',
    folders: ['/usr/lib/os-release', '/var/lib/dpkg', '/usr/include'],
    maxBytes: 100 * MiB,
  },
  { name: 'programs', folders: ['/usr/bin'], maxBytes: 200 * MiB },
  { name: 'libraries', folders: ['/usr/lib'], maxBytes: 300 * MiB },
  { name: 'data', folders: ['/usr/share'], maxBytes: 120 * MiB },
  { name: 'local', folders: ['/usr/local'], maxBytes: 200 * MiB },
  { name: 'node_modules', folders: [join(root, 'node_modules')], maxBytes: 250 * MiB },
];

/** Packs layers from files of this machine, where nothing can be had from Debian: their content differs from machine to machine. */
export async function packMachineFiles(blobs: string, work: string): Promise<PackedLayer[]> {
  const packed: PackedLayer[] = [];
  for (const { name, folders, maxBytes } of layers) {
    progress(`packing files of this machine: ${name}`);
    const list = join(work, `${name}.list`);
    await writeFile(list, (await chooseFiles(folders, maxBytes)).map((path) => `${path}\0`).join(''));
    packed.push(await packTar(blobs, ['--null', '--no-recursion', '-C', '/', '-T', list]));
  }
  return packed;
}

/** Files that anybody may read below the folders, folder by folder and by name, until the sum of their sizes is reached. */
async function chooseFiles(folders: readonly string[], maxBytes: number): Promise<string[]> {
  const chosen: string[] = [];
  let sum = 0;
  for (const folder of folders.filter((path) => existsSync(path))) {
    const options = '-xdev -type f -perm -o=r -size -40M -printf %p\\0%s\\0'.split(' ');
    const fields = (await runProgram('find', [folder, ...options])).split('\0');
    const files: { path: string; sizeBytes: number }[] = [];
    for (let index = 0; index + 1 < fields.length; index += 2) {
      files.push({ path: fields[index] ?? '', sizeBytes: Number(fields[index + 1]) });
    }
    files.sort((a, b) => (a.path < b.path ? -1 : 1));
    for (const { path, sizeBytes } of files) {
      if (sum + sizeBytes > maxBytes) break;
      sum += sizeBytes;
      // Tar takes the paths from the root.
      chosen.push(path.slice(1));
    }
  }
  return chosen;
}
