-- integrations ----------------------------------------------------------------------------------------------------

-- Since when a person has the sync rest; null while it works.
alter table import_policy add column paused_at timestamptz;

-- sync ------------------------------------------------------------------------------------------------------------

-- Who works on the run: a process that lost its lease has another one than this, and changes nothing any more.
alter table sync_run add column lease_id uuid;
-- What the run has been at, in order: [{step, started_at}].
alter table sync_run add column steps jsonb not null default '[]';
-- Repositories whose tags could not be listed, and why: {repository: message}.
alter table sync_run add column repository_errors jsonb not null default '{}';
-- What the plan found; counts of images.
alter table sync_run add column matched integer not null default 0;
alter table sync_run add column already_imported integer not null default 0;
alter table sync_run add column tombstoned integer not null default 0;
alter table sync_run add column truncated integer not null default 0;
-- Part of to_import: projects that were there and are read again.
alter table sync_run add column rescans integer not null default 0;
alter table sync_run add column held integer not null default 0;
alter table sync_run add column restored integer not null default 0;
-- held (waits for a person), confirmed (being deleted), pruned, undoing (being restored), undone; null: nothing to prune.
alter table sync_run add column prune_state text;
alter table sync_run add column prune_reason text;
alter table sync_run add column prune_changed_at timestamptz;

-- The projects that a run deletes, or would delete when a person says so. Kept for as long as it can be undone.
create table pruned_project (
  run_id uuid not null references sync_run on delete cascade,
  project_id uuid not null,
  repository text not null,
  tag text not null,
  reason text not null,
  -- held, pruned, restored, replaced (its name has another project meanwhile), left (a person wanted it meanwhile)
  state text not null,
  -- The project as it was, for as long as it is gone.
  snapshot jsonb,
  changed_at timestamptz not null default now(),
  primary key (run_id, project_id)
);
create index pruned_project_name on pruned_project (run_id, repository, tag, project_id);
create index pruned_project_changed on pruned_project (changed_at);
