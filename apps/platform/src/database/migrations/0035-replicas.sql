-- Which processes of the platform take tunnels, and which tunnels each of them holds. A replica says every few seconds
-- that it lives; its tunnels count as long as its lease runs.

create table replica (
  id uuid primary key,
  -- Where it takes requests of the other replicas.
  url text not null,
  lease_until timestamptz not null,
  started_at timestamptz not null default now()
);
create index replica_url on replica (url);

create table tunnel (
  id uuid primary key,
  integration_id uuid not null references integration on delete cascade,
  -- No reference: the row must not keep a token from being removed.
  token_id uuid not null,
  replica_id uuid not null references replica on delete cascade,
  client_id text not null,
  client_version text not null,
  connected_at timestamptz not null,
  is_suspect boolean not null default false,
  -- Null while the client's agent does not answer, or has not yet.
  slots_total integer,
  slots_free integer,
  has_agent boolean,
  -- Set when it was closed: its client may be back in a moment. Kept for a short while only.
  lost_at timestamptz
);
create index tunnel_integration on tunnel (integration_id);
create index tunnel_replica on tunnel (replica_id);
