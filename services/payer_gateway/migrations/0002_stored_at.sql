-- When a file was stored, or put back to be read again, on the database's own clock: received_at is
-- on the clock of the service, which may be set to run fast.
alter table inbound_file add column stored_at timestamptz not null default now();
