-- A batch of forms is a file like any other: its content is the PDF of the forms. It lies in the
-- outbox once it is made, and is sent once a person says that it was mailed.
alter table outbound_file
    drop constraint outbound_file_kind_check,
    add constraint outbound_file_kind_check check (kind in ('837', '276', '270', 'paper')),
    drop constraint outbound_file_state_check,
    add constraint outbound_file_state_check
        check (state in ('created', 'outbox', 'sent', 'accepted', 'rejected'));

-- What else belongs to a batch of forms. withdrawn: claims that were taken out before it was mailed;
-- cuts: what did not fit on the forms, claim by claim; it names nobody. attached: claims that another
-- payer decided first, whose forms go with its remittance.
create table paper_batch (
    file_id uuid primary key references outbound_file (file_id),
    cover_name text not null,
    cover bytea not null,
    cover_sha256 text not null,
    forms int not null check (forms > 0),
    cuts jsonb not null,
    attached text[] not null,
    printed_at timestamptz,
    printed_by text not null default '',
    mailed_at timestamptz,
    mailed_by text not null default '',
    mailed_how text not null default '',
    withdrawn text[] not null default '{}'
);

-- When a question was stored, on the database's own clock: asked_at is on the clock of the service,
-- which may be set to run fast.
alter table question add column stored_at timestamptz not null default now();

-- What a person has taken in hand is listed no more.
alter table silence
    add column settled_at timestamptz,
    add column settled_by text not null default '',
    add column settled_because text not null default '';
