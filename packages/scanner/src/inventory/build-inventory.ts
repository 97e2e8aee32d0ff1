import {
  inventoryLimits,
  type Inventory,
  type InventoryPackage,
  type OsRelease,
  type ScanWarning,
} from '@plimsoll/contracts';
import packageJson from '../../package.json' with { type: 'json' };
import { analyzerVersions } from '../analyzers/index.ts';
import { releaseFiles } from '../analyzers/os-release.ts';
import type { ImageDescription } from '../image-source.ts';
import type { LayerFacts } from '../layers/layer-facts.ts';
import type { PathTree } from '../layers/path-tree.ts';
import type { MergedFile } from '../merge/merge-layers.ts';
import type { Warning } from '../warnings.ts';
import type { AttachedFacts } from '../read-attached.ts';
import { baseImage } from './base-image.ts';
import { boundedTexts, readImageConfig } from './image-config.ts';
import { readHistory } from './image-history.ts';
import { listPackages } from './list-packages.ts';
import { listSboms } from './list-sboms.ts';
import type { RemovedPackages } from './removed-packages.ts';

/** What was read of an image. */
export type ImageFacts = {
  /** In the order of the image's layers. */
  readonly layers: readonly LayerFacts[];
  /** All layers merged. */
  readonly tree: PathTree<MergedFile>;
  /** Known places that are symbolic links to where nothing was found. */
  readonly deadLinks: readonly string[];
  /** When packages of lower layers that are not in the image are to be listed too. */
  readonly removed?: RemovedPackages | undefined;
  /** What documents beside the image claim, and which of them could not be read. */
  readonly attached?: AttachedFacts | undefined;
};

/** Puts together what a scan answers, but for what it cost. */
export function buildInventory(image: ImageDescription, facts: ImageFacts): Omit<Inventory, 'cost'> {
  const { config, diffIds } = readImageConfig(image.config);
  const history = readHistory(image.config, image.layers.length);
  const stepOf = new Map(history.map((step) => [step.layer, step]));
  const annotations = image.annotations && boundedTexts(image.annotations);
  const base = baseImage(image.annotations, config.labels);
  const os = operatingSystem(facts.tree);
  const digests = image.layers.map(({ digest }) => digest);
  const documents = facts.attached?.documents ?? [];
  const listed = listPackages(facts.tree, os, digests, documents);
  const sboms = listSboms(facts.tree, documents);
  const all = withRemoved(listed.packages, facts.removed?.list(os, digests) ?? []);
  const packages = all.slice(0, inventoryLimits.packages);
  const isCut = listed.isCut || packages.length < all.length;
  return {
    schemaVersion: 1,
    digest: image.digest,
    platform: image.platform,
    os,
    layers: image.layers.map(({ digest, mediaType, sizeBytes }, index) => {
      const diffId = diffIds[index];
      const { createdBy, createdAt } = stepOf.get(index) ?? {};
      return {
        digest,
        mediaType: mediaType.slice(0, 256),
        sizeBytes,
        ...(diffId !== undefined && { diffId }),
        ...(createdBy !== undefined && { createdBy }),
        ...(createdAt !== undefined && { createdAt }),
      };
    }),
    ...(history.length > 0 && { history }),
    ...(base && { baseImage: base }),
    config,
    ...(annotations && { annotations }),
    packages,
    ...(sboms.length > 0 && { sboms }),
    warnings: warningsOf(image, facts, isCut),
    scanner: { version: packageJson.version, analyzers: { ...analyzerVersions } },
  };
}

/** Adds packages of lower layers; a purl that is present counts as present. */
function withRemoved(
  present: readonly InventoryPackage[],
  removed: readonly InventoryPackage[],
): readonly InventoryPackage[] {
  if (removed.length === 0) return present;
  const byPurl = new Map([...removed, ...present].map((found) => [found.purl, found]));
  return [...byPurl.values()].sort((a, b) => (a.purl < b.purl ? -1 : 1));
}

/** /etc/os-release wins over /usr/lib/os-release, as os-release(5) says, both over older files; then what a link led to. */
function operatingSystem(tree: PathTree<MergedFile>): OsRelease | null {
  const files = tree.entries().map(([, { facts }]) => facts);
  const known = releaseFiles.map((path) => tree.get(path)?.facts.os);
  const os = [...known, ...files.map((facts) => facts.os)].find((found) => found !== undefined);
  if (!os) return null;
  const contentSets = [...new Set(files.flatMap((facts) => facts.contentSets ?? []))].sort();
  return contentSets.length === 0
    ? os
    : { ...os, contentSets: contentSets.slice(0, inventoryLimits.contentSets) };
}

function warningsOf(
  image: ImageDescription,
  { layers, deadLinks, attached }: ImageFacts,
  isCut: boolean,
): ScanWarning[] {
  const warnings: ScanWarning[] = [...(attached?.warnings ?? [])];
  for (const [index, { warnings: ofLayer, missedTargets }] of layers.entries()) {
    const layer = image.layers[index]!.digest;
    warnings.push(...ofLayer.map((warning) => ({ ...warning, layer })));
    for (const { path } of missedTargets.slice(0, maxLinkWarnings))
      warnings.push({ ...deadLink(path), layer });
  }
  warnings.push(...deadLinks.slice(0, maxLinkWarnings).map(deadLink));
  if (isCut || warnings.length >= inventoryLimits.warnings) {
    warnings.length = Math.min(warnings.length, inventoryLimits.warnings - 1);
    warnings.push(warning('inventory-cut', 'There is more in the image than an inventory lists'));
  }
  return warnings;
}

/** Dead links named per layer: enough to see the pattern. */
const maxLinkWarnings = 20;

function deadLink(path: string): ScanWarning {
  return { ...warning('link-unresolved', 'A link leads to what cannot be read through it'), path };
}

function warning(code: Warning['code'], message: string): Warning {
  return { code, message };
}
