alter table delivery.dead_letter
    add column waiting_for text,
    add column retry_at timestamptz,
    add column attempts int not null default 0,
    add column tried_at timestamptz;
create index dead_letter_retry on delivery.dead_letter (retry_at)
    where status = 'open' and retry_at is not null;
create index dead_letter_waiting on delivery.dead_letter (waiting_for)
    where status = 'open' and waiting_for is not null;
create index dead_letter_lane on delivery.dead_letter (lane)
    where status = 'open' and lane is not null;

create table delivery.dead_letter_repair (
    letter_id uuid not null references delivery.dead_letter (id),
    number int not null,
    at timestamptz not null,
    actor text not null,
    role text not null,
    reason text not null,
    paths text not null,
    key bytea,
    headers bytea not null,
    value bytea,
    digest bytea not null,
    primary key (letter_id, number)
);

create table delivery.breaker (
    instance text primary key,
    opened_at timestamptz not null,
    inputs int not null,
    dead int not null,
    keys int not null,
    cause text not null,
    resumed_at timestamptz,
    allowance int not null default 0
);
