import { setImmediate } from 'node:timers/promises';
import type { FileFacts, LayerFacts, PackageFact } from '../layers/layer-facts.ts';
import { PathTree } from '../layers/path-tree.ts';

/** A file of the image's final tree, with what it tells. Layers are indexes, 0 the lowest. */
export type MergedFile = {
  readonly facts: FileFacts;
  /** The layer whose copy of the file is the final one. */
  readonly layer: number;
  /** For each of the file's packages: the layer since which the file tells of this version without a break. */
  readonly since: readonly number[];
};

/**
 * Puts layers on top of each other, lowest first, as OCI image-spec layer.md says: what a layer removes, it removes
 * from those below, never from itself. Lets others run between two layers: hostile images have a thousand large ones.
 * @param afterEach is shown the tree after every layer
 */
export async function mergeLayers(
  layers: readonly LayerFacts[],
  signal: AbortSignal,
  afterEach?: (tree: PathTree<MergedFile>, layer: number) => void,
): Promise<PathTree<MergedFile>> {
  const tree = new PathTree<MergedFile>();
  for (const [layer, facts] of layers.entries()) {
    await setImmediate(undefined, { signal });
    // Before anything is removed: a database that is deleted and written anew in one layer goes on.
    const merged = facts.files.map(([path, file]) => [path, mergeFile(file, layer, tree.get(path))] as const);
    for (const path of facts.whiteouts) tree.remove(path);
    for (const folder of facts.opaqueFolders) tree.removeBelow(folder);
    // What has no folder in the place of something below replaces it, also a program that tells nothing.
    if (layer > 0) tree.removeHashed(facts.nonFolders);
    for (const [path, file] of merged) tree.set(path, file);
    afterEach?.(tree, layer);
  }
  return tree;
}

function mergeFile(facts: FileFacts, layer: number, below: MergedFile | undefined): MergedFile {
  const { packages = [] } = facts;
  if (!below?.facts.packages) return { facts, layer, since: packages.map(() => layer) };
  const before = new Map(below.facts.packages.map((fact, index) => [identity(fact), below.since[index]!]));
  return { facts, layer, since: packages.map((fact) => before.get(identity(fact)) ?? layer) };
}

function identity({ name, version, arch = '' }: PackageFact): string {
  return `${name} ${version} ${arch}`;
}
