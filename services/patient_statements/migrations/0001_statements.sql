create table practice (
    practice_id text primary key,
    document jsonb not null
);

create table patient (
    practice_id text not null,
    patient_id text not null,
    account_id text not null,
    document jsonb not null,
    primary key (practice_id, patient_id)
);
create index patient_account on patient (practice_id, account_id);

create table coverage_programme (
    practice_id text not null,
    patient_id text not null,
    document jsonb not null,
    primary key (practice_id, patient_id)
);

create table account (
    practice_id text not null,
    account_id text not null,
    state text not null,
    revision int not null,
    due_cents bigint not null,
    credit_cents bigint not null,
    next_statement_at timestamptz,
    document jsonb not null,
    primary key (practice_id, account_id)
);

create table balance_report (
    practice_id text not null,
    account_id text not null,
    revision int not null,
    encounter_id text not null,
    version int not null,
    patient_paid_cents bigint not null,
    balance_cents bigint not null,
    protection text not null,
    insurance_final boolean not null,
    as_of timestamptz not null,
    primary key (practice_id, account_id, encounter_id, version)
);

create table payment (
    practice_id text not null,
    payment_id text not null,
    account_id text not null,
    revision int not null,
    amount_cents bigint not null check (amount_cents > 0),
    unapplied_cents bigint not null check (unapplied_cents >= 0),
    method text not null,
    received_at timestamptz not null,
    allocations jsonb not null,
    primary key (practice_id, payment_id)
);
create index payment_account on payment (practice_id, account_id, revision);

create table statement_decision (
    practice_id text not null,
    account_id text not null,
    revision int not null,
    occasion text not null check (occasion in ('statement_day', 'issue')),
    statement_id text,
    decided_at timestamptz not null,
    inputs jsonb not null,
    decision jsonb not null,
    primary key (practice_id, account_id, revision)
);

create table statement (
    practice_id text not null,
    statement_id text not null,
    account_id text not null,
    number int not null,
    revision int not null,
    state text not null check (state in ('to_render', 'issued', 'withdrawn')),
    notice text not null,
    total_cents bigint not null,
    due_on date not null,
    content jsonb not null,
    cause_id uuid not null,
    decided_at timestamptz not null,
    issued_at timestamptz,
    withdrawn_as text,
    html bytea,
    pdf bytea,
    html_sha256 text,
    pdf_sha256 text,
    failures int not null default 0,
    retry_at timestamptz,
    primary key (practice_id, statement_id),
    unique (practice_id, account_id, number),
    check ((state = 'issued') = (html is not null and pdf is not null and issued_at is not null))
);
create index statement_to_render on statement (practice_id, account_id, number)
    where state = 'to_render';
