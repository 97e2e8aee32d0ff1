-- projects: what a person says of a project, to find it again and to tell what matters.
alter table project
  add column tags jsonb not null default '[]',
  add column business_criticality text[] not null default '{}',
  add column environment text[] not null default '{}',
  add column lifecycle text[] not null default '{}';
