-- What people decided: each decision with the codes before and after it, for ever.
create table coding.decision (
    practice_id  text not null,
    encounter_id text not null,
    seq          bigint generated always as identity,
    revision     int not null,
    decided_at   timestamptz not null,
    actor        text not null,
    role         text not null,
    action       text not null,
    reason       text not null,
    before       bytea not null,
    after        bytea not null,
    primary key (practice_id, encounter_id, seq)
);

create index decision_by_actor on coding.decision (actor, decided_at);

-- The sketch of each patient's last note: hashes of word runs, from which no text can be read.
create table coding.note_sketch (
    practice_id  text not null,
    patient_id   text not null,
    encounter_id text not null,
    service_date date not null,
    hashes       bytea not null,
    primary key (practice_id, patient_id)
);

-- Coded encounters that a second coder looks at blind, and what came of it.
create table coding.audit_case (
    practice_id  text not null,
    encounter_id text not null,
    version      int not null,
    sampled_at   timestamptz not null,
    service_date date not null,
    provider_id  text not null,
    coder        text not null,
    risk_permille int not null,
    risks        text[] not null,
    status       text not null check (status in ('waiting', 'agreed', 'differs', 'adjudicated')),
    first        bytea not null,
    second       bytea,
    second_by    text,
    second_at    timestamptz,
    final        bytea,
    final_by     text,
    final_at     timestamptz,
    reason       text,
    primary key (practice_id, encounter_id, version)
);

create index audit_case_open on coding.audit_case (sampled_at, practice_id, encounter_id)
    where status in ('waiting', 'differs');
