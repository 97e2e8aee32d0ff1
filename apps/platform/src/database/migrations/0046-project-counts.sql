-- projects: their counters change often and stand in no index: with room on the page only the row is written, not an entry
-- in each of the ten indexes. Pages that are full already get room as their rows are written.
alter table project set (fillfactor = 75);
