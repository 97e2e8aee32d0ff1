-- broker-server: whether unmodified clients of the deployed broker may connect with tokens of the organization, where the
-- platform lets any in.
alter table organization add column deployed_clients boolean not null default true;
