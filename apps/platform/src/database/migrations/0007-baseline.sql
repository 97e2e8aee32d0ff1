-- integrations ----------------------------------------------------------------------------------------------------

-- Since when the policy has a part ImportAllNew; what was there before is not new. Null when it has none.
alter table import_policy add column baseline_at timestamptz;
-- When what is imported or pruned was changed last. The name and the schedule say nothing about deletions.
alter table import_policy add column rules_changed_at timestamptz not null default now();
update import_policy set rules_changed_at = updated_at;

-- sync ------------------------------------------------------------------------------------------------------------

-- When the run had listed the whole catalogue.
alter table sync_run add column catalogued_at timestamptz;
update sync_run set catalogued_at = finished_at where listing_complete;

-- It was in the first complete catalogue of the registry, or before it: its first tags are older than our looking.
alter table sync_repository add column is_first boolean not null default true;
-- The policy's baseline since which all its tags were listed once.
alter table sync_repository add column baseline_at timestamptz;

-- This digest was under this tag when its repository, one of the first, was listed for the first time.
alter table observation add column in_first_listing boolean not null default false;
-- The policy's baseline that this digest under this tag belongs to.
alter table observation add column baseline_at timestamptz;
