import { createHash } from 'node:crypto';
import type { Inventory } from '@plimsoll/contracts';
import { storable } from '../database/storable.ts';

/** Longest instruction stored beside an image; the document holds all of it. */
const maxInstruction = 1_000;

/**
 * The ChainID of each layer with all below it, the lowest first (OCI image-spec, config.md): two images with the same
 * one begin with the same layers. Empty when a layer's diff id is not known, for then nothing can be said.
 */
export function chainIds(layers: Inventory['layers']): string[] {
  const ids: string[] = [];
  for (const { diffId } of layers) {
    if (diffId === undefined) return [];
    const below = ids.at(-1);
    ids.push(below === undefined ? diffId : sha256(`${below} ${diffId}`));
  }
  return ids;
}

/** The columns of an image that tell of its layers. */
export function layerColumns(inventory: Inventory) {
  const chain = chainIds(inventory.layers);
  const { baseImage } = inventory;
  return {
    chain_id: chain.at(-1) ?? null,
    base_chain_ids: chain.slice(0, -1),
    layer_instructions: inventory.layers.map(({ createdBy = '' }) =>
      storable(createdBy.slice(0, maxInstruction)),
    ),
    base_name: baseImage?.name === undefined ? null : storable(baseImage.name),
    base_digest: baseImage?.digest ?? null,
  };
}

/**
 * For each id of a package the layer that brought it, 0 the lowest; -1 where it is not known. A package that several of
 * the inventory's entries are stored as counts from the lowest of their layers.
 * @param idOf answers the id of an entry of the inventory, by its index
 */
export function packageLayers(
  { layers, packages }: Pick<Inventory, 'layers' | 'packages'>,
  packageIds: readonly number[],
  idOf: (index: number) => number | undefined,
): number[] {
  const indexOf = new Map<string, number>();
  for (const [index, { digest }] of layers.entries()) if (!indexOf.has(digest)) indexOf.set(digest, index);
  const lowest = new Map<number, number>();
  for (const [index, { layer }] of packages.entries()) {
    const id = idOf(index);
    const found = layer === undefined ? undefined : indexOf.get(layer);
    if (id !== undefined && found !== undefined) lowest.set(id, Math.min(found, lowest.get(id) ?? found));
  }
  return packageIds.map((id) => lowest.get(id) ?? -1);
}

function sha256(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
