-- Restricted: reference and claim hold who a patient is. File contents hold it too.
create table reference (
    kind text not null check (kind in ('practice', 'provider', 'patient', 'coverage')),
    practice_id text not null,
    own_id text not null,
    npi text,
    state jsonb not null,
    primary key (kind, practice_id, own_id)
);
create index reference_practice_npi on reference (npi) where kind = 'practice';

-- One row a claim version. `content` is the 837P claim as it will be written.
create table claim (
    practice_id text not null,
    claim_id text not null,
    encounter_id text not null,
    payer_id text not null,
    state text not null check (state in (
        'refused', 'waiting', 'filed', 'sent', 'received', 'accepted', 'rejected', 'adjudicated'
    )),
    payer_control_number text not null default '',
    sender_id text not null,
    waiting_since timestamptz not null,
    file_id uuid,
    content jsonb not null,
    primary key (practice_id, claim_id)
);
create index claim_id on claim (claim_id);
create index claim_waiting on claim (payer_id, sender_id, waiting_since) where state = 'waiting';
create index claim_file on claim (file_id) where file_id is not null;

-- The last control number used between two interchange ids: gapless, never reused.
create table control_number (
    sender_id text not null,
    receiver_id text not null,
    last bigint not null check (last > 0),
    primary key (sender_id, receiver_id)
);

-- Every file as sent: it is uploaded again under the same name until the partner has it.
create table outbound_file (
    file_id uuid primary key,
    practice_id text not null,
    payer_id text not null,
    sender_id text not null,
    receiver_id text not null,
    interchange_control_number bigint not null,
    name text not null,
    sha256 text not null,
    content bytea not null,
    claim_count int not null check (claim_count > 0),
    state text not null check (state in ('created', 'sent', 'accepted', 'rejected')),
    created_at timestamptz not null,
    sent_at timestamptz,
    answer text not null default '',
    unique (sender_id, receiver_id, interchange_control_number),
    unique (payer_id, name)
);
create index outbound_file_unsent on outbound_file (payer_id, created_at) where state = 'created';

-- Every file as received, once by content, however often it arrives.
create table inbound_file (
    sha256 text primary key,
    payer_id text not null,
    name text not null,
    content bytea not null,
    received_at timestamptz not null,
    deliveries int not null default 1,
    state text not null check (state in ('received', 'loaded', 'duplicate', 'quarantined')),
    kinds text not null default '',
    findings jsonb not null default '[]'
);
create index inbound_file_unread on inbound_file (received_at) where state = 'received';

-- A payment is loaded once: by payer (TRN03), trace (TRN02), date (BPR16) and amount (BPR02).
create table remittance (
    payer_number text not null,
    trace_number text not null,
    paid_on date not null,
    payment_cents bigint not null,
    remittance_id text not null unique,
    practice_id text not null,
    payer_id text not null,
    claims_paid_cents bigint not null,
    provider_adjustment_cents bigint not null,
    claim_count int not null,
    quarantined_claims int not null,
    file_sha256 text not null references inbound_file (sha256),
    received_at timestamptz not null,
    primary key (payer_number, trace_number, paid_on, payment_cents)
);

-- What could not be used, whole, until a person decides. `held` is what a release publishes.
create table quarantine (
    item_id uuid primary key,
    practice_id text not null,
    payer_id text not null,
    kind text not null,
    subject text not null,
    reason text not null,
    findings jsonb not null,
    held jsonb not null,
    file_sha256 text references inbound_file (sha256),
    state text not null check (state in ('open', 'released', 'rejected')),
    opened_at timestamptz not null,
    settled_at timestamptz,
    settled_because text not null default ''
);
create index quarantine_open on quarantine (opened_at) where state = 'open';
