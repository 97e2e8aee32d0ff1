-- scans: whether a run still waits for one, asked each time a scan ends
create index scan_run_unfinished on scan (sync_run_id) where finished_at is null;
