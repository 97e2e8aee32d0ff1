import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runProgram } from './programs.ts';

/** What lies in a root file system: path to kind, size, time and link target. */
type Listing = ReadonlyMap<string, string>;

/**
 * Turns the changes of a root file system into layers, as a container build does: call `takeLayer` after each
 * change. The tar is written by GNU tar, so the bytes are not our own builder's.
 */
export function layersOf(root: string, workDir: string): { takeLayer(): Promise<Uint8Array> } {
  let before: Listing = new Map();
  return {
    async takeLayer() {
      const after = await list(root);
      const changed = [...after].filter(([path, state]) => before.get(path) !== state).map(([path]) => path);
      const removed = [...before.keys()].filter((path) => !after.has(path));
      // Of what was removed with its directory, the directory says it all.
      const tops = removed.filter((path) => dirname(path) === '.' || after.has(dirname(path)));
      before = after;
      return pack(root, workDir, changed, tops.map(whiteout));
    },
  };
}

/** Where nothing that belongs to the image lies. */
const outside = ['proc', 'sys', 'dev'];

async function list(root: string): Promise<Listing> {
  const prunes = outside.flatMap((name) => ['-path', `./${name}/*`, '-prune', '-o']);
  const find = ['-C', root, 'find', '.', ...prunes, '-mindepth', '1', '-printf', '%P\\0%y %s %T@ %l\\0'];
  const fields = (await runProgram('env', find)).split('\0');
  const listing = new Map<string, string>();
  for (let index = 0; index + 1 < fields.length; index += 2) {
    listing.set(fields[index] ?? '', fields[index + 1] ?? '');
  }
  return listing;
}

function whiteout(path: string): string {
  const dir = dirname(path);
  return join(dir, `.wh.${path.slice(dir === '.' ? 0 : dir.length + 1)}`);
}

async function pack(
  root: string,
  workDir: string,
  changed: string[],
  whiteouts: string[],
): Promise<Uint8Array> {
  const whiteoutDir = join(workDir, 'whiteouts');
  await mkdir(whiteoutDir);
  for (const path of whiteouts) {
    await mkdir(join(whiteoutDir, dirname(path)), { recursive: true });
    await writeFile(join(whiteoutDir, path), '');
  }
  const [changedList, whiteoutList, tarFile] = ['changed', 'whiteout-list', 'layer.tar'].map((name) =>
    join(workDir, name),
  ) as [string, string, string];
  await writeFile(changedList, changed.map((path) => `${path}\0`).join(''));
  await writeFile(whiteoutList, whiteouts.map((path) => `${path}\0`).join(''));
  const tar = '--create --no-recursion --numeric-owner --null --verbatim-files-from'.split(' ');
  const from = (dir: string, listFile: string) => ['-C', dir, `--files-from=${listFile}`];
  await runProgram('tar', [
    ...tar,
    '-f',
    tarFile,
    ...from(root, changedList),
    ...from(whiteoutDir, whiteoutList),
  ]);
  const bytes = await readFile(tarFile);
  await Promise.all([whiteoutDir, tarFile].map((path) => rm(path, { recursive: true })));
  return bytes;
}
