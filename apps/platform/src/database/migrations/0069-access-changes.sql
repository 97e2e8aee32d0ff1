-- platform: processes keep what they looked up of tokens, sessions and roles for a moment, and hear of what changes it.
-- When a token was last used changes nothing of that, so only the columns count that do.
create function tell_access_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('plimsoll_broker', '{"kind":"access"}');
  return null;
end $$;

create trigger access_changed after delete or update of token_hash, role, expires_at on service_account
  for each statement execute function tell_access_changed();
create trigger access_changed after delete or update of token_hash, expires_at on personal_token
  for each statement execute function tell_access_changed();
create trigger access_changed after delete or update of token_hash, expires_at on session
  for each statement execute function tell_access_changed();
create trigger access_changed after insert or delete or update on membership
  for each statement execute function tell_access_changed();
create trigger access_changed after delete or update on person
  for each statement execute function tell_access_changed();
create trigger access_changed after delete or update of token_hash, integration_id on broker_token
  for each statement execute function tell_access_changed();
create trigger access_changed after delete or update of org_id on integration
  for each statement execute function tell_access_changed();
