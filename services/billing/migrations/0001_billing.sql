create schema billing;

create table billing.patient (
    practice_id text not null,
    patient_id text not null,
    account_id text not null,
    primary key (practice_id, patient_id)
);

create table billing.coverage (
    practice_id text not null,
    patient_id text not null,
    state bytea not null,
    primary key (practice_id, patient_id)
);

create table billing.encounter_account (
    practice_id text not null,
    encounter_id text not null,
    patient_id text not null,
    account_id text not null,
    service_date date,
    fingerprint text not null,
    unsent boolean not null,
    not_billable boolean not null,
    balance_told boolean not null,
    charge_cents bigint not null,
    insurance_paid_cents bigint not null,
    contractual_cents bigint not null,
    sequestration_cents bigint not null,
    other_write_off_cents bigint not null,
    patient_applied_cents bigint not null,
    open_insurance_cents bigint not null,
    undecided_cents bigint not null,
    open_patient_cents bigint not null,
    unapplied_cents bigint not null,
    postings bigint not null,
    state bytea not null,
    primary key (practice_id, encounter_id)
);

create index encounter_account_service
    on billing.encounter_account (practice_id, patient_id, service_date);

create table billing.claim (
    practice_id text not null,
    claim_id text not null,
    encounter_id text not null,
    payer_level int not null,
    version int not null,
    frequency_code text not null,
    payer_id text not null,
    state text not null,
    replaced_by text not null,
    charge_cents bigint not null,
    open_cents bigint not null,
    filing_deadline date,
    submitted_at timestamptz,
    primary key (practice_id, claim_id)
);

create index claim_encounter on billing.claim (practice_id, encounter_id);

create table billing.work_item (
    practice_id text not null,
    item_id text not null,
    encounter_id text not null,
    claim_id text not null,
    kind text not null,
    state text not null,
    reason text not null,
    line int not null,
    amount_cents bigint not null,
    action text not null,
    due_on date,
    owner text not null,
    opened_at timestamptz not null,
    closed_at timestamptz,
    resolution text not null,
    primary key (practice_id, item_id)
);

create index work_item_open on billing.work_item (kind, due_on) where closed_at is null;
create index work_item_encounter on billing.work_item (practice_id, encounter_id);

create table billing.posting (
    practice_id text not null,
    ledger text not null,
    source text not null,
    ordinal int not null,
    number int not null,
    line int not null,
    kind text not null,
    debit text not null,
    credit text not null check (credit <> debit),
    amount_cents bigint not null check (amount_cents > 0),
    detail text not null,
    claim_id text not null,
    payer_id text not null,
    remittance_id text not null,
    reverses int not null,
    posted_at timestamptz not null,
    primary key (practice_id, ledger, source, ordinal)
);

create function billing.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the ledger is append-only';
end
$$;

create trigger posting_append_only before update or delete or truncate on billing.posting
    for each statement execute function billing.refuse_change();

create table billing.patient_account (
    practice_id text not null,
    account_id text not null,
    unapplied_cents bigint not null,
    state bytea not null,
    primary key (practice_id, account_id)
);

create table billing.remittance (
    practice_id text not null,
    remittance_id text not null,
    payer_id text not null,
    trace_number text not null,
    paid_on date not null,
    payment_cents bigint not null,
    claims_paid_cents bigint not null,
    state bytea not null,
    primary key (practice_id, remittance_id)
);

create table billing.remittance_cash (
    practice_id text not null,
    remittance_id text not null,
    claims_cents bigint not null,
    primary key (practice_id, remittance_id)
);
