-- When a sent file is looked at again, on the service's clock: null once nothing is waited for.
-- uploaded_at is on the database's own clock, since the service's may be set to run fast.
alter table outbound_file
    add column watch_at timestamptz, add column uploaded_at timestamptz,
    add column uploads int not null default 0;
update outbound_file set watch_at = sent_at, uploaded_at = stored.at, uploads = 1
from (select now() as at) stored where state <> 'created';
create index outbound_file_watched on outbound_file (watch_at) where watch_at is not null;

-- What was waited for in vain, and what was done about it; ended once it came.
create table silence (
    file_id uuid not null references outbound_file (file_id),
    kind text not null check (kind in ('acknowledgement', 'claim_acknowledgement', 'remittance')),
    subject text not null,
    practice_id text not null,
    payer_id text not null,
    since timestamptz not null,
    noticed_at timestamptz not null,
    action text not null check (action in ('resent', 'alerted')),
    ended_at timestamptz,
    primary key (file_id, kind, subject)
);
create index silence_open on silence (noticed_at) where ended_at is null;
