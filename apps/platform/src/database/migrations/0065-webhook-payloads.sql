-- notifications: what a webhook is sent: issues_digest, one message per run; project_snapshot, one per project whose issues
-- a run changed, as receivers of the older API know it.
alter table notification_channel add column payload text not null default 'issues_digest';
