-- advisories: rows of an advisory are removed by the import itself and advisories are never deleted, so these checks
-- guarded nothing and took a third of the time of an import.
alter table affected drop constraint affected_advisory_id_fkey;
alter table advisory_dump drop constraint advisory_dump_advisory_id_fkey;
