-- What an advisory says beyond its rules, compiled at import so that matching need not open documents.
alter table advisory add column facts jsonb not null default '{}';
-- When a complete archive no longer held it; it counts as withdrawn until an archive holds it again.
alter table advisory add column vanished_at timestamptz;
-- The aliases that live advisories name, from which the groups in `alias` are made.
create table advisory_alias (
  advisory_id text not null references advisory on delete cascade,
  alias text not null,
  primary key (advisory_id, alias)
);
create index advisory_alias_alias on advisory_alias (alias);

-- The names that a package is looked up by, from the other side: which packages an advisory's names concern.
create table package_key (
  ecosystem text not null,
  name text not null,
  package_id integer not null references package on delete cascade,
  primary key (ecosystem, name, package_id)
);
create index package_key_package on package_key (package_id);

create index finding_vulnerability on finding (vulnerability);
