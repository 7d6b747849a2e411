-- Which instances run: each says so every few seconds, by the database's clock.
create table delivery.instance (
    name text primary key,
    state text not null,
    seen_at timestamptz not null default now()
);

-- What people asked the running service to decide again, in order, and what came of each. Void
-- once nobody says any more that the answers are wanted. A copy that is only tried is in headers,
-- key and value until it is answered.
create table delivery.redrive (
    seq bigint generated always as identity primary key,
    run uuid not null,
    letter_id uuid not null,
    is_rehearsal boolean not null,
    actor text not null,
    role text not null,
    key bytea,
    headers bytea,
    value bytea,
    wanted_at timestamptz not null default now(),
    answer text
);
create index redrive_unanswered on delivery.redrive (seq) where answer is null;
create index redrive_run on delivery.redrive (run, seq);
