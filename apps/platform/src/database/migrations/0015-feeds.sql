-- advisories: who said what. An id may stand in several sources with different contents; each decides about its own
-- ecosystem, sources that are no dumps about all.
create table advisory_dump (
  -- As in advisory_feed: the dump's folder, or the file's name.
  ecosystem text not null,
  advisory_id text not null references advisory on delete cascade,
  modified timestamptz not null,
  -- The version of the rules that compiled it; other ones compile it again.
  compiled integer not null,
  -- It is no dump of one ecosystem.
  is_general boolean not null default false,
  primary key (ecosystem, advisory_id)
);
create index advisory_dump_advisory on advisory_dump (advisory_id);
-- Version 0: all are compiled again when they are next read.
insert into advisory_dump (ecosystem, advisory_id, modified, compiled)
select ecosystem, id, modified, 0 from advisory where vanished_at is null;

-- advisories: what the last pass over a feed found, so that the next reads only what is new
alter table advisory_feed
  add column feed text not null default 'osv',
  -- advisories, epss, exploited, vex
  add column kind text not null default 'advisories',
  -- ETag, instant or checksum of the source as it was read.
  add column validator text,
  add column compiled integer not null default 0,
  -- Last read as a whole; last looked at, also when nothing had changed; failed.
  add column complete_at timestamptz,
  add column checked_at timestamptz,
  add column failed_at timestamptz;

-- advisories: how likely a vulnerability is to be exploited (first.org/epss)
create table epss_score (
  cve text primary key,
  probability real not null,
  percentile real not null,
  model text not null,
  scored_on date not null
);

-- advisories: vulnerabilities that are known to be exploited (CISA)
create table known_exploited (
  cve text primary key,
  name text not null,
  added_on date not null,
  due_on date,
  used_by_ransomware boolean not null,
  required_action text
);

-- advisories: VEX documents; those of a feed hold for every organization
create table vex_document (
  id integer generated always as identity primary key,
  org_id uuid references organization on delete cascade,
  -- The id it gives itself, and the name of its file: some publishers use one id for several files.
  document_id text not null,
  name text not null,
  format text not null,
  author text not null,
  version text not null,
  issued_at timestamptz,
  imported_at timestamptz not null default now(),
  -- As received, deflate-compressed JSON.
  document bytea not null,
  unique nulls not distinct (org_id, document_id, name)
);

-- One row per statement and product.
create table vex_statement (
  id bigint generated always as identity primary key,
  document integer not null references vex_document on delete cascade,
  vulnerability text not null,
  aliases text[] not null,
  -- Purls as written; the component is inside the product.
  product text not null,
  component text,
  -- Purl of the component, else the product, without version, qualifiers and subpath; and its version.
  package text not null,
  version text,
  status text not null,
  justification text,
  impact text,
  action text,
  stated_at timestamptz
);
create index vex_statement_document on vex_statement (document);
create index vex_statement_vulnerability on vex_statement (vulnerability);
create index vex_statement_aliases on vex_statement using gin (aliases);
