import type { InventoryPackage, PackageLocation } from '@plimsoll/contracts';
import type { StoredInventory } from '../inventories/index.ts';

/** Places and paths shown with one issue; a package of a large tree can lie in hundreds. */
const maxPlaces = 50;

/** Where in an image a package lies, and how it came there as far as the image tells. */
export type IssueOrigin = {
  /** The digest of the layer that brought it. */
  readonly layer?: string;
  readonly locations: PackageLocation[];
  /** What leads to the package, the outermost first and itself last; only where something contains it. */
  readonly dependencyPaths: string[][];
};

/** Finds a package in an inventory by its number in the database. */
export function originOf(
  inventory: Pick<StoredInventory, 'layers' | 'packages'> | undefined,
  packageId: number,
  layerIndex: number | null,
): IssueOrigin {
  const found = inventory?.packages.filter((one) => one.packageId === packageId) ?? [];
  const locations = found.flatMap((one) => one.locations);
  const paths = found.flatMap((one) => pathsOf(one));
  const distinct = new Map(paths.map((path) => [path.join('\n'), path]));
  const layer = inventory?.layers[layerIndex ?? -1]?.digest;
  return {
    ...(layer !== undefined && { layer }),
    locations: locations.slice(0, maxPlaces),
    dependencyPaths: [...distinct.values()].slice(0, maxPlaces),
  };
}

/**
 * An operating-system package owns the file, an archive or tool holds it, and a folder `node_modules` inside another's
 * package tells that this one is there for it.
 */
function pathsOf({ name, version, ownedBy, nestedIn, locations }: InventoryPackage): string[][] {
  const outer = [...(ownedBy === undefined ? [] : [ownedBy]), ...(nestedIn === undefined ? [] : [nestedIn])];
  const trees = locations.map(({ path }) => npmParents(path));
  const self = `${name}@${version}`;
  return (trees.length > 0 ? trees : [[]])
    .map((parents) => [...outer, ...(parents[0] === outer.at(-1) ? parents.slice(1) : parents), self])
    .filter((path) => path.length > 1);
}

/** `app/node_modules/a/node_modules/@x/b/package.json` lies in `a`. */
function npmParents(path: string): string[] {
  const names = [...path.matchAll(/(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)/g)].map(
    ([, name = '']) => name,
  );
  return names.slice(0, -1);
}
