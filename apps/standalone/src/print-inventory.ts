import type { Inventory, InventoryPackage } from '@plimsoll/contracts';
import { printError, printLine, table, visible } from './terminal.ts';

/** Longest instruction shown in the table of layers; the inventory document holds all of it. */
const instructionLength = 80;

/** Prints an inventory for people: packages, layers, what the image is; warnings and a summary apart from the result. */
export function printInventory(inventory: Inventory, { withName }: { readonly withName: boolean }): void {
  if (withName) printLine(`\n${inventory.platform} ${inventory.digest}`);
  const layerNumber = new Map(inventory.layers.map((layer, index) => [layer.digest, index + 1]));
  const rows = inventory.packages
    .toSorted((a, b) => a.type.localeCompare(b.type) || a.name.localeCompare(b.name))
    .map((found) => [
      found.type,
      found.name,
      found.version,
      found.evidence,
      found.layer === undefined ? '' : (layerNumber.get(found.layer) ?? ''),
      remark(found, layerNumber),
    ]);
  if (rows.length > 0) printLine(table(['TYPE', 'NAME', 'VERSION', 'EVIDENCE', 'LAYER', ''], rows, [4]));
  if (inventory.layers.length > 0) printLine(`\n${layerTable(inventory)}`);
  printLine(`\n${imageFacts(inventory)}`);
  for (const warning of inventory.warnings)
    printError(`! ${warning.message}${warning.path ? ` (${warning.path})` : ''}`);
  printError(`\n${summary(inventory)}`);
}

function layerTable({ layers, packages }: Inventory): string {
  const brought = Map.groupBy(packages, ({ layer }) => layer);
  const rows = layers.map(({ digest, sizeBytes, createdBy = '' }, index) => [
    index + 1,
    megabytes(sizeBytes),
    brought.get(digest)?.length ?? 0,
    shortened(createdBy),
  ]);
  return table(['LAYER', 'SIZE', 'PACKAGES', 'INSTRUCTION'], rows, [0, 1, 2]);
}

/** An instruction without what BuildKit and the old builder put around it. */
function shortened(createdBy: string): string {
  const plain = createdBy.replace(/^\/bin\/sh -c #\(nop\)\s+/, '').replace(/\s+/g, ' ');
  return plain.length > instructionLength ? `${plain.slice(0, instructionLength - 2)}..` : plain;
}

function imageFacts({ platform, digest, config, baseImage, sboms = [] }: Inventory): string {
  const facts: [string, string | undefined][] = [
    ['image', digest],
    ['platform', platform],
    ['created', config.created],
    ['base image', baseImage && [baseImage.name, baseImage.digest].filter(Boolean).join('@')],
    ['user', config.user],
    ['entrypoint', config.entrypoint?.join(' ')],
    ['command', config.cmd?.join(' ')],
    ['ports', config.exposedPorts?.join(', ')],
    ...Object.entries(config.labels ?? {}).map(([key, value]): [string, string] => [
      'label',
      `${key}=${value}`,
    ]),
    ...sboms.map(({ source, path, digest: document, format, trust, packages }): [string, string] => [
      'SBOM',
      `${path ?? document} (${format}, ${source}, ${trust}, ${packages} packages)`,
    ]),
  ];
  return facts
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value = '']) => `${name.padEnd(10)}  ${visible(value)}`)
    .join('\n');
}

function summary({ packages, os, layers, cost }: Inventory): string {
  const avoided = cost.bytesAvoided ? ` (${megabytes(cost.bytesAvoided)} were not needed)` : '';
  const seconds = (cost.durationMs / 1000).toFixed(1);
  return (
    `${packages.length} packages, ${os?.prettyName ?? 'no operating system known'}, ` +
    `${layers.length} layers, ${megabytes(cost.bytesPulled)} read${avoided} in ${seconds} s`
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function remark(
  { ownedBy, alsoOwnedBy = [], removedIn, claimedBy }: InventoryPackage,
  layerNumber: ReadonlyMap<string, number>,
): string {
  const remarks = [
    ownedBy === undefined ? [] : `part of ${[ownedBy, ...alsoOwnedBy].join(', ')}`,
    removedIn === undefined ? [] : `removed in layer ${layerNumber.get(removedIn)}`,
    claimedBy === undefined ? [] : `claimed by ${claimedBy.join(', ')}`,
  ];
  return remarks.flat().join(', ');
}
