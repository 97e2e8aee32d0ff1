-- findings: what became of the findings of packages that were matched before, and why. A package that is matched for the
-- first time has no events: its findings tell by themselves when they were found.
create table finding_event (
  id bigint generated always as identity primary key,
  package_id integer not null references package on delete cascade,
  vulnerability text not null,
  -- opened, reopened, closed, fix-available, fix-gone, severity-changed
  kind text not null,
  -- advisories: those named changed; rules: a release of ours matches otherwise
  cause text not null,
  -- The advisories that say so; of a closed finding those that said so before.
  advisory_ids text[] not null,
  severity text not null,
  hidden_reason text,
  -- When the finding was first found.
  first_found_at timestamptz not null,
  at timestamptz not null default now()
);
create index finding_event_package on finding_event (package_id, vulnerability, id desc);

-- Found again after it was closed.
alter table finding add column reopened_at timestamptz;
