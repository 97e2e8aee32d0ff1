-- triage: issues that people decided not to count (docs/triage.md)
create table ignore_rule (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references organization on delete cascade,
  -- The id it was made with; ignored_vulnerability has the others too.
  vulnerability text not null,
  -- Purl without version, qualifiers and subpath; null: whatever package has it.
  package text,
  -- Null: everywhere in the organization; without a tag everywhere in the repository. Names, so that it holds for an
  -- image that was deleted and comes back.
  integration_id uuid references integration on delete cascade,
  repository text,
  tag text,
  -- not-vulnerable, wont-fix, temporary-ignore
  kind text not null,
  reason text not null,
  expires_at timestamptz,
  -- It ends when a version fixes the issue.
  until_fixed boolean not null,
  created_by_id uuid not null,
  created_by_name text not null,
  created_by_email text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check ((integration_id is null) = (repository is null) and (tag is null or repository is not null))
);
create index ignore_rule_org on ignore_rule (org_id, created_at, id);
create index ignore_rule_integration on ignore_rule (integration_id, repository);

-- triage: every id of the vulnerabilities that rules name, so that a finding is looked up by its own
create table ignored_vulnerability (
  org_id uuid not null,
  vulnerability text not null,
  rule_id uuid not null references ignore_rule on delete cascade,
  primary key (org_id, vulnerability, rule_id)
);
create index ignored_vulnerability_rule on ignored_vulnerability (rule_id);
create index ignored_vulnerability_id on ignored_vulnerability (vulnerability);

-- projects: ignored issues, `[{"severity", "count", "until"}]`; issue_counts are those that are left. An entry counts
-- as ignored until then (milliseconds since 1970, null: for good), and as open from then on, without anybody's doing.
alter table project add column issue_ignored jsonb;

-- projects: open issues of a severity at an instant (milliseconds since 1970)
create function open_issue_count(counts jsonb, ignored jsonb, severity text, at double precision) returns integer
language sql immutable parallel safe as $$
  select coalesce((counts ->> severity)::integer, 0) + case when ignored is null then 0 else coalesce((
    select sum((one ->> 'count')::integer)::integer from jsonb_array_elements(ignored) as one
    where one ->> 'severity' = severity and (one ->> 'until')::double precision <= at
  ), 0) end
$$;

-- inventories: the purl of a package without version, qualifiers and subpath
create function purl_package(purl text) returns text
language sql immutable parallel safe as $$
  select regexp_replace(regexp_replace(purl, '[?#].*$', ''), '([^/])@[^@/]*$', '\1')
$$;
