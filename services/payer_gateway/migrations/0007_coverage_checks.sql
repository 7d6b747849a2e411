-- A claim that waits to hear whether its patient is covered, before it waits for its file: the row
-- that `waiting_claim` takes once it may go. Decided, the row stays and its content is gone.
create table coverage_check (
    practice_id text not null,
    claim_id text not null,
    payer_id text not null,
    sender_id text not null,
    waiting_since timestamptz not null,
    content bytea not null,
    patient_id text not null,
    on_day date not null,
    trace text references question (trace),
    asked_at timestamptz,
    outcome text not null default '',
    primary key (claim_id, practice_id)
);
create index coverage_check_open on coverage_check (waiting_since) where outcome = '';
