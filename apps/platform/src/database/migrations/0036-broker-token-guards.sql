-- Where a broker token may be used from. Null: anywhere, and without a certificate.
alter table broker_token add column allowed_addresses text[];
alter table broker_token add column certificate_sha256 text;
