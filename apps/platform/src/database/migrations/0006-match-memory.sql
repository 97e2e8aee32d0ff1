-- findings: what a package's findings were when they were last written, so that equal ones need not be written again
alter table package_match add column findings_hash text;

-- advisories: rises in every transaction that changes rules, facts or groups, so that what was read of them can be
-- kept in memory for as long as it stays the same
create table advisory_revision (
  is_only boolean primary key default true check (is_only),
  revision bigint not null
);
insert into advisory_revision (revision) values (1);
