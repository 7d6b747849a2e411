"""A service's database grown to many claims: what it really decided, cloned under other ids.

Rows, sizes and indexes are real. Ids of the clones fall between those that come later, which is
the worst order for an index; ids made from a time lie before, as they would.
"""

import asyncpg

_SCHEMAS = "('delivery', 'coding', 'billing', 'public')"
_NOT_CLONED = frozenset(
    {
        "public.applied_migration",
        "delivery.outbox",
        "delivery.parked",
        "delivery.blocked_lane",
        "delivery.dead_letter",
        "delivery.dead_letter_repair",
        "delivery.audit",
        "delivery.breaker",
        "delivery.redrive",
        "delivery.instance",
        "delivery.sweep",
        "coding.provider",
        "public.practice",
        "public.control_number",
        "public.waiting_claim",
    }
)
"""What does not grow with claims: it empties itself, or people and practices fill it."""

_OWN_IDS = frozenset(
    {
        "encounter_id",
        "claim_id",
        "patient_id",
        "account_id",
        "item_id",
        "remittance_id",
        "payment_id",
        "statement_id",
        "own_id",
        "ledger",
        "key",
        "trace_number",
        "sha256",
        "file_sha256",
        "name",
    }
)
_SETTLED = {
    "delivery.deadline.due_at": "t.due_at + interval '20 years'",
    "public.outbound_file.interchange_control_number": (
        "t.interchange_control_number + n * 1000000::bigint"
    ),
    "public.outbound_file.state": "case t.state when 'created' then 'accepted' else t.state end",
    "public.inbound_file.state": "case t.state when 'received' then 'loaded' else t.state end",
    "public.quarantine.state": "'released'",
    "public.statement.state": "case t.state when 'to_render' then 'withdrawn' else t.state end",
}
"""Nothing of the past is due, unsent, unread or unprinted."""

_OF_PEOPLE = {"public.reference": "where t.kind in ('patient', 'coverage')"}
_COPIES_AT_ONCE = 50

_EARLIER = """
create or replace function public.earlier(id uuid, n int) returns uuid
language sql immutable parallel safe as $$
    select (lpad(to_hex(greatest(
               ('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint - n * 1000::bigint, 0
           )), 12, '0') || substr(md5(id::text || n::text), 1, 20))::uuid
$$
"""
_TABLES = f"""
select schemaname || '.' || tablename as name from pg_tables
where schemaname in {_SCHEMAS} order by 1
"""
_COLUMNS = """
select a.attname as name, format_type(a.atttypid, a.atttypmod) as type
from pg_attribute a where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped
order by a.attnum
"""
_CONSTRAINTS = """
select conname as name, contype::text as kind, pg_get_constraintdef(oid) as definition
from pg_constraint where conrelid = $1::regclass and contype in ('p', 'u', 'f')
"""
_INDEXES = """
select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
from pg_index where indrelid = $1::regclass
  and not exists (select from pg_constraint where conindid = indexrelid)
"""


async def grow(connection: asyncpg.Connection, copies: int) -> dict[str, int]:
    """Replace what a service wrote by ``copies`` clones of it; what is no history goes away too.

    ``connection`` is its owner's, and nobody else writes meanwhile. Returns how large each table
    became, in bytes, its indexes and overflow included.
    """
    await connection.execute(_EARLIER)
    tables = [row["name"] for row in await connection.fetch(_TABLES)]
    tables.remove("public.applied_migration")
    cloned = [name for name in tables if name not in _NOT_CLONED]
    clones = {name: await _clone_statement(connection, name) for name in cloned}
    for name in cloned:
        await connection.execute(f"create table {_sample(name)} as select * from {name}")
        await connection.execute(f"alter table {name} disable trigger user")
    await connection.execute(f"truncate {', '.join(tables)} restart identity cascade")
    foreign: list[tuple[str, str, str]] = []
    own: list[tuple[str, str, str]] = []
    for name in cloned:
        for row in await connection.fetch(_CONSTRAINTS, name):
            kept = foreign if row["kind"] == "f" else own
            kept.append((name, row["name"], row["definition"]))
    for name, constraint, _ in foreign + own:
        await connection.execute(f"alter table {name} drop constraint {constraint}")
    indexes: list[str] = []
    for name in cloned:
        for row in await connection.fetch(_INDEXES, name):
            indexes.append(row["definition"])
            await connection.execute(f"drop index {row['name']}")
    for first in range(1, copies + 1, _COPIES_AT_ONCE):
        last = min(first + _COPIES_AT_ONCE - 1, copies)
        for statement in clones.values():
            await connection.execute(statement, first, last)
    for name, constraint, definition in own + foreign:
        await connection.execute(f"alter table {name} add constraint {constraint} {definition}")
    for definition in indexes:
        await connection.execute(definition)
    for name in cloned:
        await connection.execute(f"alter table {name} enable trigger user")
        await connection.execute(f"drop table {_sample(name)}")
        await connection.execute(f"vacuum (freeze, analyze) {name}")
    return {
        name: await connection.fetchval("select pg_total_relation_size($1::regclass)", name)
        for name in cloned
    }


def _sample(name: str) -> str:
    return f"public.sample_of_{name.replace('.', '_')}"


async def _clone_statement(connection: asyncpg.Connection, table: str) -> str:
    names, values = [], []
    for row in await connection.fetch(_COLUMNS, table):
        names.append(row["name"])
        values.append(_SETTLED.get(f"{table}.{row['name']}") or _cloned(row["name"], row["type"]))
    return (
        f"insert into {table} ({', '.join(names)}) overriding system value "
        f"select {', '.join(values)} "
        f"from generate_series($1::int, $2::int) n cross join {_sample(table)} t "
        f"{_OF_PEOPLE.get(table, '')}"
    )


def _cloned(column: str, kind: str) -> str:
    if kind == "uuid":
        return f"public.earlier(t.{column}, n)"
    if kind == "text[]":
        return f"array(select id || '-' || n from unnest(t.{column}) id)"
    if kind == "text" and column in _OWN_IDS:
        return f"coalesce(nullif(t.{column}, '') || '-' || n, t.{column})"
    return f"t.{column}"
