create schema if not exists coding;

create table coding.patient (
    practice_id text not null,
    patient_id  text not null,
    birth_date  date not null,
    sex         text not null,
    primary key (practice_id, patient_id)
);

create table coding.coverage (
    practice_id text not null,
    patient_id  text not null,
    policies    jsonb not null,
    primary key (practice_id, patient_id)
);

create table coding.provider (
    practice_id text not null,
    provider_id text not null,
    taxonomy    text not null,
    primary key (practice_id, provider_id)
);

create table coding.encounter (
    practice_id   text not null,
    encounter_id  text not null,
    state         text not null,
    revision      int not null,
    version       int not null,
    patient_id    text not null,
    rendering_provider_id text not null,
    service_date  date not null,
    detail        jsonb not null,
    documentation bytea not null,
    primary key (practice_id, encounter_id)
);

create index encounter_waiting on coding.encounter (service_date, practice_id, encounter_id)
    where state in ('coder_queue', 'escalated');

create table coding.visit (
    practice_id  text not null,
    patient_id   text not null,
    encounter_id text not null,
    service_date date not null,
    taxonomy     text not null,
    visit_code   text not null,
    primary key (practice_id, patient_id, encounter_id)
);
