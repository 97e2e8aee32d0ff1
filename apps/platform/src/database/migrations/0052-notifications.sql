-- notifications: where an organization is told of new issues, and what was sent there.
create table notification_channel (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references organization on delete cascade,
  -- webhook, slack, email
  kind text not null,
  name text not null,
  -- What may be seen of where it leads: a webhook's address, a Slack address's host, the recipients of e-mails.
  target text not null,
  -- AES-256-GCM: the key that signs a webhook's messages, or the whole address of Slack. Null for e-mail.
  sealed_secret bytea,
  -- Issues below this severity are not told.
  min_severity text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  last_attempt_at timestamptz,
  last_delivered_at timestamptz,
  last_error text
);
create index notification_channel_org on notification_channel (org_id, created_at, id);

create table notification_delivery (
  id uuid primary key default gen_random_uuid(),
  channel_id uuid not null references notification_channel on delete cascade,
  message jsonb not null,
  -- pending, delivered, failed
  status text not null default 'pending',
  attempts integer not null default 0,
  last_error text,
  created_at timestamptz not null default now(),
  finished_at timestamptz
);
create index notification_delivery_channel on notification_delivery (channel_id, created_at, id);
create index notification_delivery_time on notification_delivery (created_at);

-- Up to which finding_event an organization was told.
create table notified_event (
  org_id uuid primary key references organization on delete cascade,
  finding_event_id bigint not null
);

-- projects: a project shows another image than before; a row waits until a digest has told of it.
create table project_image_change (
  id bigint generated always as identity primary key,
  integration_id uuid not null references integration on delete cascade,
  project_id uuid not null references project on delete cascade,
  before_image integer,
  after_image integer not null,
  at timestamptz not null default now()
);
create index project_image_change_integration on project_image_change (integration_id, id);
create index project_image_change_project on project_image_change (project_id);
