-- What a check of a received file at SNIP levels 1 to 5 found, after it was read: nothing waits for
-- it. faults: the first of them, which name nobody.
alter table inbound_file
    add column checked_at timestamptz,
    add column errors int not null default 0,
    add column warnings int not null default 0,
    add column faults jsonb not null default '[]';
create index inbound_file_unchecked on inbound_file (received_at)
    where checked_at is null and state <> 'received';
