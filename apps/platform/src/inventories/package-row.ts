import type { InventoryPackage } from '@plimsoll/contracts';
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

/** Makes the row of a package: what it is, in the context that decides how it is matched. */
export function packageRow(found: InventoryPackage, distro: string): PackageRow {
  const owned = found.ownedBy !== undefined;
  return {
    purl: storable(found.purl),
    type: storable(found.type),
    name: storable(found.name),
    version: storable(found.version),
    arch: storable(found.arch ?? ''),
    source_name: storable(found.sourceName ?? ''),
    source_version: storable(found.sourceVersion ?? ''),
    modularity: storable(found.modularity ?? ''),
    distro: owned || systemTypes.has(found.type) ? distro : '',
    owned,
  };
}

/** What makes packages the same one; the columns of the table's unique constraint. */
export function packageKey(
  row: Omit<PackageRow, 'type' | 'name' | 'version' | 'arch' | 'modularity'>,
): string {
  return JSON.stringify([row.purl, row.source_name, row.source_version, row.distro, row.owned]);
}
