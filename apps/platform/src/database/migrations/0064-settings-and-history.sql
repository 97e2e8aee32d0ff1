-- integrations: whether packages of applications are looked for in the images of a registry, beside the system's.
alter table integration add column container_app_scan_enabled boolean not null default true;

-- projects: what a project showed before it showed another image, with the counts it had then.
create table project_snapshot (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references project on delete cascade,
  -- When the image was read, and until when the project showed it.
  scanned_at timestamptz,
  until timestamptz not null default now(),
  image_id integer references image on delete set null,
  digest text,
  platform text not null,
  package_count integer not null default 0,
  issue_counts jsonb
);
create index project_snapshot_project on project_snapshot (project_id, until desc, id);
create index project_snapshot_until on project_snapshot (until);
create index project_snapshot_image on project_snapshot (image_id);
