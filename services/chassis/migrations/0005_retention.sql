-- How far each sweep through a table came; null: it is through.
create table delivery.sweep (
    name text primary key,
    next_block bigint,
    began_at timestamptz not null,
    gone bigint not null
);

-- A sweep walks the table; nothing looks inputs up by time.
drop index delivery.inbox_received;

-- When what a settled letter held was removed; the letter itself stays.
alter table delivery.dead_letter add column removed_at timestamptz;

-- Deadlines come and go at the front of an index that may hold a year of them.
alter table delivery.deadline set (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000
);
