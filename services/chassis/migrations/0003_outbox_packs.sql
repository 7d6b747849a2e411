-- Events wait in packs: one row for what one transaction publishes of one shard, as long as it
-- fits into a page. A pack is MessagePack: [[topic, key, [[name, value], ...], value], ...].
alter table delivery.outbox rename to outbox_by_event;

create table delivery.outbox (
    shard smallint not null,
    seq bigint generated always as identity,
    events int not null,
    pack bytea not null,
    created_at timestamptz not null default now(),
    primary key (shard, seq)
) with (
    toast_tuple_target = 8160,
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000
);
alter table delivery.outbox alter column pack set storage external;

create function pg_temp.packed_text(bytes bytea) returns bytea
    language sql immutable return '\xdb'::bytea || int4send(length(bytes)) || bytes;

create function pg_temp.packed_bytes(bytes bytea) returns bytea
    language sql immutable return '\xc6'::bytea || int4send(length(bytes)) || bytes;

-- Header values were kept as JSON, a character a byte. JSON's escape of a zero byte is no text that
-- the database can hold, so the parts around it are read by themselves; chr(1), which JSON never
-- holds bare, stands for an escaped backslash meanwhile.
create function pg_temp.header_value(value json) returns bytea
    language sql immutable return (
        select string_agg(
            convert_to(('"' || replace(part, chr(1), '\\') || '"')::json #>> '{}', 'LATIN1'),
            '\x00'::bytea order by place)
        from string_to_table(
            replace(substr(value::text, 2, length(value::text) - 2), '\\', chr(1)), '\u0000')
            with ordinality as parts (part, place)
    );

insert into delivery.outbox (shard, events, pack, created_at)
select o.shard, 1,
       '\x9194'::bytea
           || pg_temp.packed_text(convert_to(o.topic, 'UTF8'))
           || pg_temp.packed_bytes(o.key)
           || '\xdd'::bytea || int4send(h.count::int) || h.packed
           || pg_temp.packed_bytes(o.value),
       o.created_at
from delivery.outbox_by_event o
cross join lateral (
    select count(*) as count,
           coalesce(string_agg(
               '\x92'::bytea
                   || pg_temp.packed_text(convert_to(name #>> '{}', 'UTF8'))
                   || pg_temp.packed_bytes(coalesce(pg_temp.header_value(value), '')),
               ''::bytea order by place), ''::bytea) as packed
    from json_array_elements(convert_from(o.headers, 'UTF8')::json)
        with ordinality as pairs (pair, place)
    cross join lateral (
        select (array_agg(element order by n))[1] as name,
               (array_agg(element order by n))[2] as value
        from json_array_elements(pair) with ordinality as elements (element, n)
    ) both_parts
) h
order by o.shard, o.seq;

drop table delivery.outbox_by_event;
