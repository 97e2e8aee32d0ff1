-- advisories: nothing asks for the advisories of a source in the order of their dates; who said what, and when, is in
-- advisory_dump.
drop index advisory_ecosystem;
