-- projects --------------------------------------------------------------------------------------------------------

-- How often the registry is asked what the tag is now: daily, weekly or never.
alter table project add column test_frequency text not null default 'daily';
alter table project add column next_test_at timestamptz not null default now() + interval '1 day';
-- Why the last recurring test could not tell; null when it could.
alter table project add column test_error text;
create index project_test_due on project (next_test_at) where test_frequency <> 'never' and status = 'active';
