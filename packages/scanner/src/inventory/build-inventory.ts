import { inventoryLimits, type Inventory, type OsRelease, type ScanWarning } from '@plimsoll/contracts';
import packageJson from '../../package.json' with { type: 'json' };
import { analyzerVersions } from '../analyzers/index.ts';
import type { ImageDescription } from '../image-source.ts';
import type { LayerFacts } from '../layers/layer-facts.ts';
import type { PathTree } from '../layers/path-tree.ts';
import type { MergedFile } from '../merge/merge-layers.ts';
import type { Warning } from '../warnings.ts';
import { readImageConfig } from './image-config.ts';
import { listPackages } from './list-packages.ts';

/** Puts together what a scan answers. `layers` are those of the image, in its order; `tree` is their merge. */
export function buildInventory(
  image: ImageDescription,
  layers: readonly LayerFacts[],
  tree: PathTree<MergedFile>,
  cost: Inventory['cost'],
): Inventory {
  const { config, diffIds, createdBy } = readImageConfig(image.config, image.layers.length);
  const os = operatingSystem(tree);
  const { packages, isCut } = listPackages(
    tree,
    os,
    image.layers.map(({ digest }) => digest),
  );
  return {
    schemaVersion: 1,
    digest: image.digest,
    platform: image.platform,
    os,
    layers: image.layers.map(({ digest, mediaType, sizeBytes }, index) => {
      const diffId = diffIds[index];
      const instruction = createdBy[index];
      return {
        digest,
        mediaType: mediaType.slice(0, 256),
        sizeBytes,
        ...(diffId !== undefined && { diffId }),
        ...(instruction !== undefined && { createdBy: instruction }),
      };
    }),
    config,
    packages,
    warnings: warningsOf(image, layers, isCut),
    scanner: { version: packageJson.version, analyzers: { ...analyzerVersions } },
    cost,
  };
}

/** /etc/os-release wins over /usr/lib/os-release, as os-release(5) says; then what a link led to. */
function operatingSystem(tree: PathTree<MergedFile>): OsRelease | null {
  const known = ['etc/os-release', 'usr/lib/os-release'].map((path) => tree.get(path)?.facts.os);
  const found = known.find((os) => os !== undefined);
  if (found) return found;
  for (const [, { facts }] of tree.entries()) if (facts.os) return facts.os;
  return null;
}

function warningsOf(image: ImageDescription, layers: readonly LayerFacts[], isCut: boolean): ScanWarning[] {
  const warnings: ScanWarning[] = [...layers.entries()].flatMap(([index, facts]) =>
    facts.warnings.map((warning) => ({ ...warning, layer: image.layers[index]!.digest })),
  );
  const missed = layers.reduce((sum, { missedTargets }) => sum + missedTargets.length, 0);
  if (missed > 0) {
    warnings.push(
      warning('link-unresolved', `${missed} package files are links whose targets were not found`),
    );
  }
  const isLong = warnings.length > inventoryLimits.warnings - 1;
  if (isCut || isLong) {
    warnings.length = Math.min(warnings.length, inventoryLimits.warnings - 1);
    warnings.push(warning('inventory-cut', 'There is more in the image than an inventory lists'));
  }
  return warnings;
}

function warning(code: Warning['code'], message: string): Warning {
  return { code, message };
}
