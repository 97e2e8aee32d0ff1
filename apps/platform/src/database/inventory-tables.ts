import type { ColumnType, Generated, GeneratedAlways } from 'kysely';

// The tables of the module inventories; see schema.ts.

export type PackageTable = {
  id: GeneratedAlways<number>;
  purl: string;
  type: string;
  name: string;
  version: string;
  arch: Generated<string>;
  source_name: Generated<string>;
  source_version: Generated<string>;
  modularity: Generated<string>;
  distro: Generated<string>;
  owned: Generated<boolean>;
};

export type ImageTable = {
  id: GeneratedAlways<number>;
  org_id: string;
  digest: string;
  platform: string;
  os_name: string | null;
  distro: Generated<string>;
  size_bytes: Generated<number>;
  image_created_at: string | null;
  package_ids: number[];
  /** By package id the layer that brought it; may be shorter, then nothing is known. */
  package_layers: Generated<number[]>;
  chain_id: string | null;
  base_chain_ids: Generated<string[]>;
  layer_instructions: Generated<string[]>;
  base_name: string | null;
  base_digest: string | null;
  document: Buffer;
  warnings: ColumnType<unknown, string | undefined, string>;
  analyzers: string;
  scanned_at: Generated<Date>;
};

export type ImageReferenceTable = {
  org_id: string;
  digest: string;
  platform: string;
  image_id: number;
};
