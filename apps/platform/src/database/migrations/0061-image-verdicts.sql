-- What a run decided by, so that its reasons can be told afterwards; and what a dry run said about each image.

alter table sync_run add column policy jsonb;
alter table sync_run add column policy_baseline_at timestamptz;

create table dry_run_repository (
  dry_run_id uuid not null references dry_run on delete cascade,
  repository text not null,
  -- [{"tag", "admitted", "reason"}] by tag.
  verdicts jsonb not null,
  primary key (dry_run_id, repository)
);
