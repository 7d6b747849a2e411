-- A file that asks holds no claims: 276 what became of claims, 270 whether a patient is covered.
-- claim_count counts its questions.
alter table outbound_file
    add column kind text not null default '837' check (kind in ('837', '276', '270'));

-- What was asked of a payer. subject: a claim's id, or a patient's; trace: TRN02, which the answer
-- gives back; about_file_id: the file that the claim was sent in; about_day: the day of coverage;
-- asked_by: who asked, empty for the gateway itself.
create table question (
    trace text primary key,
    kind text not null check (kind in ('276', '270')),
    practice_id text not null,
    payer_id text not null,
    subject text not null,
    provider_npi text not null,
    about_file_id uuid references outbound_file (file_id),
    about_day date,
    file_id uuid not null references outbound_file (file_id),
    asked_at timestamptz not null,
    asked_by text not null
);
create index question_subject on question (subject, asked_at);
create index question_file on question (file_id);
create index question_about_file on question (about_file_id) where about_file_id is not null;

-- What payers said to it, every time they did. codes: category:status[:entity] of a claim, AAA03 of
-- coverage; detail: amounts in cents and what else was said.
create table answer (
    trace text not null references question (trace),
    file_sha256 text not null references inbound_file (sha256),
    number int not null,
    received_at timestamptz not null,
    outcome text not null,
    codes text not null,
    detail jsonb not null,
    primary key (trace, file_sha256, number)
);

alter table silence
    drop constraint silence_action_check,
    add constraint silence_action_check check (action in ('resent', 'inquired', 'alerted')),
    add column reason text not null default '';
