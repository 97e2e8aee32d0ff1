-- push-events -----------------------------------------------------------------------------------------------------

-- How many events of an integration wait is asked at each delivery.
create index push_event_undecided on push_event (integration_id) where outcome is null;
