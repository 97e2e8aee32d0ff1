import type { Inventory } from '@plimsoll/contracts';
import type { LayerFacts } from '../layers/layer-facts.ts';

/** Memory that the facts of a layer take, bytes: paths and packages at their usual length. */
export function heldBytes({ files, whiteouts, opaqueFolders, nonFolders }: LayerFacts): number {
  let packages = 0;
  let owned = 0;
  for (const [, file] of files) {
    packages += file.packages?.length ?? 0;
    for (const { paths } of file.owns ?? []) owned += paths.length;
  }
  const texts = files.length + packages + whiteouts.length + opaqueFolders.length;
  return texts * 300 + owned * 100 + nonFolders.byteLength;
}

/** Memory that an inventory takes, bytes. */
export function inventoryBytes({
  packages,
  layers,
  history = [],
  warnings,
}: Omit<Inventory, 'cost'>): number {
  const locations = packages.reduce((sum, one) => sum + one.locations.length, 0);
  return packages.length * 500 + (locations + layers.length + history.length + warnings.length) * 300;
}
