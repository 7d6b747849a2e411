create schema delivery;

create table delivery.inbox (
    event_id uuid primary key,
    received_at timestamptz not null default now()
);

create index inbox_received on delivery.inbox using brin (received_at);

create table delivery.outbox (
    shard smallint not null,
    seq bigint generated always as identity,
    topic text not null,
    key bytea not null,
    headers bytea not null,
    value bytea not null,
    created_at timestamptz not null default now(),
    primary key (shard, seq)
);

create table delivery.dead_letter (
    id uuid primary key,
    lane text,
    topic text not null,
    partition int,
    record_offset bigint,
    key bytea,
    headers bytea not null,
    value bytea,
    reason text not null,
    message text not null,
    status text not null default 'open' check (status in ('open', 'resolved', 'dismissed')),
    failed_at timestamptz not null,
    resolved_at timestamptz
);
create index dead_letter_open on delivery.dead_letter (failed_at) where status = 'open';

create table delivery.blocked_lane (
    lane text primary key,
    waiting_for text,
    dead_letter_id uuid references delivery.dead_letter (id),
    blocked_at timestamptz not null,
    retry_at timestamptz
);
create index blocked_lane_waiting on delivery.blocked_lane (waiting_for) where waiting_for is not null;
create index blocked_lane_retry on delivery.blocked_lane (retry_at) where retry_at is not null;

create table delivery.parked (
    lane text not null,
    seq bigint generated always as identity,
    event_id uuid not null,
    topic text not null,
    partition int not null,
    record_offset bigint not null,
    recorded_at timestamptz not null,
    key bytea,
    headers bytea not null,
    value bytea,
    parked_at timestamptz not null,
    primary key (lane, seq)
);

create table delivery.deadline (
    id uuid primary key,
    kind text not null,
    practice_id text not null,
    key text not null,
    due_at timestamptz not null,
    payload text not null
);
create index deadline_due on delivery.deadline (due_at, id);

create table delivery.audit (
    seq bigint generated always as identity primary key,
    at timestamptz not null,
    actor text not null,
    role text not null,
    action text not null,
    subject text not null,
    reason text not null,
    details text not null,
    previous_hash bytea not null,
    hash bytea not null unique
);
