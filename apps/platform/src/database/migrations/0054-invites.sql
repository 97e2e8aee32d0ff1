-- organizations: people are asked to join, by an address that is shown once.
create table invite (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references organization on delete cascade,
  email text not null,
  role text not null,
  -- Tokens are random, so SHA-256 is enough.
  token_hash bytea not null unique,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create unique index invite_email on invite (org_id, lower(email));

alter table membership add column created_at timestamptz not null default now();
