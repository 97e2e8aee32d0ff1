-- sync ------------------------------------------------------------------------------------------------------------

-- What a policy would do; forgotten after a while.
create table dry_run (
  id uuid primary key default gen_random_uuid(),
  integration_id uuid not null references integration on delete cascade,
  -- pending, running, completed, failed
  status text not null default 'pending',
  policy jsonb not null,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  completed_at timestamptz,
  lease_until timestamptz,
  error_message text,
  result jsonb,
  meta jsonb,
  -- Why images are imported, pruned or left out; shown on request.
  reasons jsonb
);
create index dry_run_integration on dry_run (integration_id, created_at);
create index dry_run_created on dry_run (created_at);
