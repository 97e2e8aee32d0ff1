-- integrations ----------------------------------------------------------------------------------------------------

-- When a registry last told of a push.
alter table integration add column last_push_event_at timestamptz;

-- sync ------------------------------------------------------------------------------------------------------------

-- When a push event last told of this tag: newer than what a run listed that began before it.
alter table observation add column told_at timestamptz;
create index observation_told on observation (integration_id, told_at) where told_at is not null;

-- push-events -----------------------------------------------------------------------------------------------------

-- "This tag was pushed", as a registry told it; kept a while with what became of it.
create table push_event (
  -- Made by the broker client: told twice, it is one event.
  id uuid primary key,
  integration_id uuid not null references integration on delete cascade,
  -- The product that told it.
  sender text not null,
  repository text not null,
  tag text not null,
  digest text,
  pushed_at timestamptz,
  received_at timestamptz not null,
  created_at timestamptz not null default now(),
  attempts integer not null default 0,
  -- imported, rescanned, unchanged, left-out, gone, failed; null while it is being looked at.
  outcome text,
  reason text,
  decided_at timestamptz
);
create index push_event_integration on push_event (integration_id, created_at desc, id);
create index push_event_created on push_event (created_at);
