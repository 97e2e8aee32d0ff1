import type { Inventory, InventoryPackage } from '@plimsoll/contracts';
import { isThirdParty } from '@plimsoll/matching';
import { storable } from '../database/storable.ts';

/** The columns of a package that an inventory tells. */
export type PackageRow = {
  readonly purl: string;
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  readonly source_name: string;
  readonly source_version: string;
  readonly modularity: string;
  readonly distro: string;
  readonly owned: boolean;
};

/** Package types that a distribution makes and versions itself. */
const systemTypes: ReadonlySet<string> = new Set(['deb', 'apk', 'rpm', 'alpm', 'opkg']);

/** An inventory without the packages of applications. */
export function systemOnly(inventory: Inventory): Inventory {
  return { ...inventory, packages: inventory.packages.filter(({ type }) => systemTypes.has(type)) };
}

/** Makes the rows of an image's packages: what each is, in the context that decides how it is matched. */
export function packageRows(packages: readonly InventoryPackage[], distro: string): PackageRow[] {
  const foreign = new Set(packages.flatMap((found) => (isForeign(found, distro) ? [found.name] : [])));
  return packages.map((found) => {
    if (isForeign(found, distro)) return rowOf(found, thirdParty, false);
    // What others packed is not patched by the distribution: it is matched for itself.
    const owned = found.ownedBy !== undefined && !ownersOf(found).some((owner) => foreign.has(owner));
    return rowOf(found, owned || systemTypes.has(found.type) ? distro : '', owned);
  });
}

/** The packages of the operating system that hold copies of a package. */
function ownersOf({ ownedBy, alsoOwnedBy = [] }: InventoryPackage): string[] {
  return ownedBy === undefined ? [] : [ownedBy, ...alsoOwnedBy];
}

/** The row of a package as it was made before third-party packages were told apart. */
export function formerPackageRow(found: InventoryPackage, distro: string): PackageRow {
  const owned = found.ownedBy !== undefined;
  return rowOf(found, owned || systemTypes.has(found.type) ? distro : '', owned);
}

function rowOf(found: InventoryPackage, distro: string, owned: boolean): PackageRow {
  return {
    purl: storable(found.purl),
    type: storable(found.type),
    name: storable(found.name),
    version: storable(found.version),
    arch: storable(found.arch ?? ''),
    source_name: storable(found.sourceName ?? ''),
    source_version: storable(found.sourceVersion ?? ''),
    modularity: storable(found.modularity ?? ''),
    distro,
    owned,
  };
}

/**
 * Stands for the distribution of packages that others made for it: advisories of the distribution do not apply to
 * them, and no others are known.
 */
const thirdParty = 'third-party';

function isForeign({ type, version, origin }: InventoryPackage, distro: string): boolean {
  return isThirdParty(distro.split(':', 1)[0] ?? '', { type, version, origin });
}

/** What makes packages the same one; the columns of the table's unique constraint. */
export function packageKey(
  row: Omit<PackageRow, 'type' | 'name' | 'version' | 'arch' | 'modularity'>,
): string {
  return JSON.stringify([row.purl, row.source_name, row.source_version, row.distro, row.owned]);
}
