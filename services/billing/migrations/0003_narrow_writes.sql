-- An account's row is rewritten in its place while it lives: room on its page for that, and its
-- state neither compressed nor moved out of the row.
alter table billing.encounter_account set (fillfactor = 50, toast_tuple_target = 8160);
alter table billing.encounter_account alter column state set storage external;
alter table billing.claim set (fillfactor = 50);

-- Nothing but the proof of the whole database looks for the claims of an encounter.
drop index billing.claim_encounter;

-- A ledger counts its postings, so that a position can be taken once; the long text of what caused
-- a posting need not be indexed for that. The proof of the ledger also looks for doubled causes.
alter table billing.posting drop constraint posting_pkey;
alter table billing.posting add primary key (practice_id, ledger, number);

create type billing.account_row as (
    practice_id text,
    encounter_id text,
    patient_id text,
    account_id text,
    service_date date,
    fingerprint text,
    open_to_coverage boolean,
    not_billable boolean,
    balance_told boolean,
    charge_cents bigint,
    insurance_paid_cents bigint,
    contractual_cents bigint,
    sequestration_cents bigint,
    other_write_off_cents bigint,
    patient_applied_cents bigint,
    open_insurance_cents bigint,
    undecided_cents bigint,
    open_patient_cents bigint,
    unapplied_cents bigint,
    postings bigint,
    state bytea
);

create type billing.account_state as (
    practice_id text,
    encounter_id text,
    state bytea
);

create type billing.claim_row as (
    practice_id text,
    claim_id text,
    encounter_id text,
    payer_level int,
    version int,
    frequency_code text,
    payer_id text,
    state text,
    replaced_by text,
    charge_cents bigint,
    open_cents bigint,
    filing_deadline date,
    submitted_at timestamptz
);

create type billing.work_item_row as (
    practice_id text,
    item_id text,
    encounter_id text,
    claim_id text,
    kind text,
    state text,
    reason text,
    line int,
    amount_cents bigint,
    action text,
    due_on date,
    owner text,
    opened_at timestamptz,
    closed_at timestamptz,
    resolution text
);
