-- sync: what makes a run resumable, and repositories that vanish visible --------------------------------------------

-- Who works on a run holds its lease; a run whose lease is over is taken up again by whoever comes first.
alter table sync_run add column lease_until timestamptz;
-- Passes that ended early, for example because no broker client was connected.
alter table sync_run add column attempts integer not null default 0;

-- The repositories of an integration, as its runs listed them.
create table sync_repository (
  integration_id uuid not null references integration on delete cascade,
  repository text not null,
  -- The run that last saw it in the registry's catalogue.
  seen_run_id uuid not null,
  -- The run that last listed all its tags, without an error.
  listed_run_id uuid,
  -- The first run whose complete catalogue did not hold it any more. A second one makes it count as deleted.
  missed_run_id uuid,
  primary key (integration_id, repository)
);

-- scans: what an agent is asked for next, and which analyzers are the current ones -----------------------------------

create index scan_requested on scan (integration_id, requested_at, id) where status = 'requested';
create index image_scanned on image (org_id, scanned_at desc);

-- Not before this time; a scan that failed is asked for again after a while.
alter table scan add column not_before timestamptz;
