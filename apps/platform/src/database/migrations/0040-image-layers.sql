-- inventories: what an image's layers are, so that a base image is found by its layers, and a package by the layer that
-- brought it. Images that were stored before have none of it until they are read again.
alter table image
  -- ChainID of all layers (OCI image-spec, config.md); another image that begins with these layers is built from this one.
  add column chain_id text,
  -- ChainIDs of the layers below the last, the lowest first: of every image that this one can be built from.
  add column base_chain_ids text[] not null default '{}',
  -- By layer, the lowest first, the instruction of the history; empty where it is not known.
  add column layer_instructions text[] not null default '{}',
  -- For each of package_ids the layer that brought it, 0 the lowest, -1 where it is not known.
  add column package_layers smallint[] not null default '{}',
  -- What the image says of its base itself.
  add column base_name text,
  add column base_digest text;
create index image_chain on image (org_id, chain_id) where chain_id is not null;
