-- projects --------------------------------------------------------------------------------------------------------

-- A person undid its deletion by a sync: it is not deleted again before a policy has admitted it once.
alter table project add column is_kept boolean not null default false;
