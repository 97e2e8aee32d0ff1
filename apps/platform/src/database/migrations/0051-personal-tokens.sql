-- organizations: tokens with which a person's scripts come in as that person.
create table personal_token (
  id uuid primary key default gen_random_uuid(),
  person_id uuid not null references person on delete cascade,
  name text not null,
  -- Tokens are random, so SHA-256 is enough.
  token_hash bytea not null unique,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  last_used_at timestamptz
);
create index personal_token_person on personal_token (person_id, created_at, id);
