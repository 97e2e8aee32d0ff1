import { inventoryLimits, type Sbom } from '@plimsoll/contracts';
import type { FileFacts } from '../layers/layer-facts.ts';
import type { PathTree } from '../layers/path-tree.ts';
import type { MergedFile } from '../merge/merge-layers.ts';

/** A document that is attached to the image, and what it claims. */
export type AttachedDocument = { readonly sbom: Omit<Sbom, 'packages'>; readonly facts: FileFacts };

/** The SBOMs that were read: those in the image by their path, then those attached to it. */
export function listSboms(tree: PathTree<MergedFile>, attached: readonly AttachedDocument[]): Sbom[] {
  const files = tree
    .entries()
    .flatMap(([path, { facts }]): Sbom[] =>
      facts.sbom ? [{ source: 'file', path, ...facts.sbom, packages: facts.packages?.length ?? 0 }] : [],
    )
    .sort((a, b) => ((a.path ?? '') < (b.path ?? '') ? -1 : 1));
  const documents = attached.map(({ sbom, facts }) => ({ ...sbom, packages: facts.packages?.length ?? 0 }));
  return [...documents, ...files].slice(0, inventoryLimits.sboms);
}
