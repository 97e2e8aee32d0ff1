-- audit: what was changed, by whom and from where. Rows are written in the transaction of the change and never updated.
create table audit_entry (
  id bigint generated always as identity primary key,
  -- Null: it concerns a person who belongs to no organization.
  org_id uuid references organization on delete cascade,
  created_at timestamptz not null default now(),
  event text not null,
  -- user, service_account, system
  actor_kind text not null,
  -- Not a reference: entries outlive who made them. Null for the system.
  actor_id uuid,
  actor_name text not null,
  -- The personal token that the person used, if any.
  token_id uuid,
  token_name text,
  -- Behind trusted proxies; null for the system.
  address text,
  request_id uuid,
  resource_type text not null,
  resource_id text,
  resource_name text,
  project_id uuid,
  -- Attributes that the change concerns; never a secret.
  before jsonb,
  after jsonb
);
create index audit_entry_org on audit_entry (org_id, id);
create index audit_entry_time on audit_entry (created_at);
