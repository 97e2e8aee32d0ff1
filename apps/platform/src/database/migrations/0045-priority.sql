-- findings: how soon to deal with it, 0 to 1000 (docs/priority.md); findings of an earlier release have none until they are
-- matched by this one's rules
alter table finding add column priority smallint;
