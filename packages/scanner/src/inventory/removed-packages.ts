import { inventoryLimits, type InventoryPackage, type OsRelease } from '@plimsoll/contracts';
import type { PackageFact } from '../layers/layer-facts.ts';
import type { PathTree } from '../layers/path-tree.ts';
import type { MergedFile } from '../merge/merge-layers.ts';
import { packagePurl } from './package-purl.ts';

type Seen = {
  readonly fact: PackageFact;
  readonly path: string;
  readonly since: number;
  readonly layer: number;
};

/** Notices while layers are merged which packages a layer deletes or replaces. Layers are indexes, 0 the lowest. */
export class RemovedPackages {
  #present = new Map<string, Seen>();
  readonly #removed = new Map<string, Seen & { readonly removedIn: number }>();

  /** To be told of the merged tree after every layer. */
  observe(tree: PathTree<MergedFile>, layer: number): void {
    const before = this.#present;
    this.#present = packagesOf(tree);
    for (const [key, seen] of before) {
      if (!this.#present.has(key)) this.#removed.set(key, { ...seen, removedIn: layer });
    }
    // What comes back was not removed after all.
    for (const key of this.#present.keys()) this.#removed.delete(key);
  }

  /** The packages that are in some layer and not in the image, as an inventory lists them. */
  list(os: OsRelease | null, digests: readonly string[]): InventoryPackage[] {
    return [...this.#removed.values()].flatMap(({ fact, path, since, layer, removedIn }) => {
      const purl = packagePurl(fact, os);
      if (purl === undefined || purl.length > inventoryLimits.text) return [];
      const locations = [{ path, layer: digests[layer]! }];
      return [{ purl, ...fact, layer: digests[since]!, locations, removedIn: digests[removedIn]! }];
    });
  }
}

function packagesOf(tree: PathTree<MergedFile>): Map<string, Seen> {
  const packages = new Map<string, Seen>();
  for (const [path, { facts, layer, since }] of tree.entries()) {
    for (const [index, fact] of (facts.packages ?? []).entries()) {
      // What a document claimed was never there for certain.
      if (fact.evidence === 'sbom') continue;
      const key = `${fact.type} ${fact.name} ${fact.version} ${fact.arch ?? ''}`;
      packages.set(key, { fact, path, since: since[index]!, layer });
    }
  }
  return packages;
}
