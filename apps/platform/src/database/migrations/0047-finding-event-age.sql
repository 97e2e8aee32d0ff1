-- findings: events are forgotten by their age
create index finding_event_at on finding_event (at);
