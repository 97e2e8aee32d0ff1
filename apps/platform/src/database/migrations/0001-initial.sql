-- The first schema. A module's tables are touched by that module's store only; the headings name it.

-- organizations ---------------------------------------------------------------------------------------------------

create table organization (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  slug text not null unique,
  is_personal boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table person (
  id uuid primary key default gen_random_uuid(),
  email text not null,
  name text not null,
  -- scrypt$N$r$p$salt$hash
  password_hash text not null,
  created_at timestamptz not null default now()
);
create unique index person_email on person (lower(email));

create table membership (
  org_id uuid not null references organization on delete cascade,
  person_id uuid not null references person on delete cascade,
  role text not null,
  primary key (org_id, person_id)
);

-- Tokens are random, so SHA-256 is enough; the clear text exists only in the answer that made it.
create table session (
  token_hash bytea primary key,
  person_id uuid not null references person on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);

create table service_account (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references organization on delete cascade,
  name text not null,
  auth_type text not null,
  role text not null,
  token_hash bytea not null unique,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  last_used_at timestamptz
);
create index service_account_org on service_account (org_id, created_at, id);

-- integrations ----------------------------------------------------------------------------------------------------

create table integration (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references organization on delete cascade,
  type text not null,
  profile_name text not null,
  has_broker boolean not null default true,
  broker_last_seen_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index integration_org on integration (org_id, created_at, id);

create table broker_token (
  id uuid primary key default gen_random_uuid(),
  integration_id uuid not null references integration on delete cascade,
  token_hash bytea not null unique,
  created_at timestamptz not null default now()
);
create index broker_token_integration on broker_token (integration_id);

create table import_policy (
  integration_id uuid primary key references integration on delete cascade,
  policy jsonb not null,
  next_run_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index import_policy_due on import_policy (next_run_at);

-- sync ------------------------------------------------------------------------------------------------------------

create table sync_run (
  id uuid primary key default gen_random_uuid(),
  integration_id uuid not null references integration on delete cascade,
  status text not null default 'pending',
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  listing_complete boolean,
  repositories integer not null default 0,
  tags integer not null default 0,
  to_import integer not null default 0,
  pruned integer not null default 0,
  warnings jsonb not null default '[]',
  error_message text
);
create index sync_run_integration on sync_run (integration_id, started_at desc, id);
-- One unfinished run per integration, whoever asks.
create unique index sync_run_unfinished on sync_run (integration_id) where finished_at is null;

-- "This repository:tag was this digest": the latest state, with when it was first seen so.
create table observation (
  integration_id uuid not null references integration on delete cascade,
  repository text not null,
  tag text not null,
  digest text,
  pushed_at timestamptz,
  pushed_at_kind text not null default 'absent',
  first_seen_at timestamptz not null,
  last_run_id uuid not null,
  primary key (integration_id, repository, tag)
);

-- A project deleted by hand is not imported again by sync.
create table tombstone (
  integration_id uuid not null references integration on delete cascade,
  repository text not null,
  tag text not null,
  created_at timestamptz not null default now(),
  primary key (integration_id, repository, tag)
);

-- inventories -----------------------------------------------------------------------------------------------------

-- A distinct package in the context that decides how it is matched. Shared by all images that contain it.
create table package (
  id integer generated always as identity primary key,
  purl text not null,
  type text not null,
  name text not null,
  version text not null,
  arch text not null default '',
  source_name text not null default '',
  source_version text not null default '',
  -- Distribution and release, `debian:12`, of operating-system packages and of what they own; else empty.
  distro text not null default '',
  -- Its file belongs to an operating-system package, which is matched instead.
  owned boolean not null default false,
  unique (purl, source_name, source_version, distro, owned)
);
create index package_name on package (name);
create index package_source_name on package (source_name) where source_name <> '';

-- One image manifest for one platform, as scanned.
create table image (
  id integer generated always as identity primary key,
  org_id uuid not null references organization on delete cascade,
  digest text not null,
  platform text not null,
  os_name text,
  distro text not null default '',
  size_bytes bigint not null default 0,
  image_created_at text,
  package_ids integer[] not null,
  -- The inventory as received, gzip-compressed JSON.
  document bytea not null,
  warnings jsonb not null default '[]',
  analyzers text not null,
  scanned_at timestamptz not null default now(),
  unique (org_id, digest, platform)
);
create index image_packages on image using gin (package_ids);

-- What a tag can point at: an image manifest itself, or an index that holds it.
create table image_reference (
  org_id uuid not null references organization on delete cascade,
  digest text not null,
  platform text not null,
  image_id integer not null references image on delete cascade,
  primary key (org_id, digest, platform)
);
create index image_reference_image on image_reference (image_id);

-- scans -----------------------------------------------------------------------------------------------------------

create table scan (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references organization on delete cascade,
  integration_id uuid not null references integration on delete cascade,
  sync_run_id uuid references sync_run on delete set null,
  repository text not null,
  -- Digest that the tag points at; a tag name only when the registry's listing told no digest.
  reference text not null,
  platform text not null,
  -- requested, dispatched, received, failed
  status text not null default 'requested',
  attempts integer not null default 0,
  requested_at timestamptz not null default now(),
  dispatched_at timestamptz,
  lease_until timestamptz,
  finished_at timestamptz,
  failure jsonb,
  image_id integer references image on delete set null
);
-- The same work is never under way twice.
create unique index scan_unfinished on scan (integration_id, repository, reference, platform) where finished_at is null;
create index scan_run on scan (sync_run_id);
create index scan_lease on scan (lease_until) where finished_at is null;

-- advisories ------------------------------------------------------------------------------------------------------

create table advisory (
  id text primary key,
  -- Folder of the data set it came from: Debian, npm ..
  ecosystem text not null,
  modified timestamptz not null,
  published timestamptz,
  withdrawn timestamptz,
  -- The whole record, deflate-compressed JSON.
  document bytea not null
);
create index advisory_ecosystem on advisory (ecosystem, modified desc);

create table affected (
  id bigint generated always as identity primary key,
  advisory_id text not null references advisory on delete cascade,
  ecosystem text not null,
  name text not null,
  -- What packages/matching needs to decide, compiled at import.
  rule jsonb not null
);
create index affected_name on affected (ecosystem, name);
create index affected_advisory on affected (advisory_id);

-- Ids that name the same vulnerability share a group; ids without an alias have no row.
create table alias (
  id text primary key,
  group_id text not null
);
create index alias_group on alias (group_id);

create table advisory_feed (
  ecosystem text primary key,
  source text not null,
  advisories integer not null default 0,
  skipped integer not null default 0,
  newest_modified timestamptz,
  imported_at timestamptz,
  last_error text
);

-- findings --------------------------------------------------------------------------------------------------------

-- What a package was last matched against; absent = not matched yet.
create table package_match (
  package_id integer primary key references package on delete cascade,
  rules_version integer not null,
  matched_at timestamptz not null default now()
);

create table finding (
  id bigint generated always as identity primary key,
  package_id integer not null references package on delete cascade,
  -- Canonical id of the vulnerability.
  vulnerability text not null,
  severity text not null,
  score real,
  title text not null,
  fix_state text not null,
  fixed_in text,
  hidden_reason text,
  advisory_ids text[] not null,
  -- The finding as packages/matching made it.
  detail jsonb not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (package_id, vulnerability)
);

-- projects --------------------------------------------------------------------------------------------------------

create table target (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references organization on delete cascade,
  integration_id uuid not null references integration on delete cascade,
  name text not null,
  created_at timestamptz not null default now(),
  unique (integration_id, name)
);
create index target_org on target (org_id, name, id);

create table project (
  id uuid primary key default gen_random_uuid(),
  -- Short number; with a finding's id it makes the id of an issue.
  number integer generated always as identity unique,
  org_id uuid not null references organization on delete cascade,
  integration_id uuid not null references integration on delete cascade,
  target_id uuid not null references target on delete cascade,
  repository text not null,
  tag text not null,
  -- sync or manual; sync prunes only what it made
  source text not null,
  status text not null default 'active',
  digest text,
  platform text not null,
  pushed_at timestamptz,
  first_seen_at timestamptz not null default now(),
  -- The last image that was read stays until the next one is there.
  image_id integer references image on delete set null,
  scan_id uuid references scan on delete set null,
  scan_status text not null default 'pending',
  scan_error text,
  scanned_at timestamptz,
  issue_counts jsonb,
  issue_counts_at timestamptz,
  created_at timestamptz not null default now(),
  unique (target_id, tag)
);
create index project_org on project (org_id, repository, tag, id);
create index project_image on project (image_id);
create index project_scan on project (scan_id);

-- A job of the v1 import.
create table import_job (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references organization on delete cascade,
  integration_id uuid not null references integration on delete cascade,
  name text not null,
  project_id uuid references project on delete set null,
  created_at timestamptz not null default now()
);
