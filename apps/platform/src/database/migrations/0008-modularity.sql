-- inventories: the module an rpm package is of. Its purl tells it too (`rpmmod`), so what makes packages the same one
-- stays as it is.
alter table package add column modularity text not null default '';
