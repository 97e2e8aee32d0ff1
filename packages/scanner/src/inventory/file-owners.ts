import type { PathTree } from '../layers/path-tree.ts';
import type { MergedFile } from '../merge/merge-layers.ts';

/** Answers which operating-system package brought a file, from the file lists of all package databases. */
export function fileOwners(tree: PathTree<MergedFile>): (path: string) => string | undefined {
  const owners = new Map<string, string>();
  for (const [, { facts }] of tree.entries()) {
    for (const owned of facts.owns ?? []) {
      for (const path of owned.paths) owners.set(withoutUsr(path), owned.package);
    }
  }
  return (path) => owners.get(withoutUsr(path));
}

/** Where /lib is a link to /usr/lib, lists and files name the same file either way. */
function withoutUsr(path: string): string {
  return path.startsWith('usr/') ? path.slice(4) : path;
}
