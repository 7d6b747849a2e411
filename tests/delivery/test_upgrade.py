"""An installation that is brought to a new release keeps what it had not published yet."""

import asyncpg
import orjson
from msgspec.structs import astuple

from schemas.envelope import OutgoingRecord
from services.chassis import outbox
from services.chassis.migrate import CHASSIS_MIGRATIONS, migrate
from tests.delivery.till import MIGRATIONS
from tests.fixtures.postgres import MakeDatabase

WAITING = [
    OutgoingRecord("till.counted.v1", b"P1:A", [("ce_id", b"1"), ("odd", b"\xff\x80")], b'{"n":1}'),
    OutgoingRecord(
        "till.counted.v1",
        b"P1:A",
        [("none", b""), ("zero", b'\x00a\x00\\u0000\\\x00\x01"\n\x7f')],
        b"{}",
    ),
    OutgoingRecord("till.counted.v1", b"P1:A", [], b"x" * 20_000),
    OutgoingRecord("till.counted.v1.dlq", b"", [("ce_subject", "Ü".encode())], b""),
]
"""What a release kept one to a row: its headers as JSON, bytes as Latin-1."""


async def test_events_that_waited_one_to_a_row_wait_in_packs_afterwards(
    make_database: MakeDatabase,
) -> None:
    connection = await asyncpg.connect(await make_database())
    try:
        await connection.execute(
            (CHASSIS_MIGRATIONS / "0001_delivery.sql").read_text(encoding="utf-8")
        )
        for record in WAITING:
            await connection.execute(
                "insert into delivery.outbox (shard, topic, key, headers, value) "
                "values ($1, $2, $3, $4, $5)",
                outbox.shard_of(record.key),
                record.topic,
                record.key,
                orjson.dumps([[name, value.decode("latin-1")] for name, value in record.headers]),
                record.value,
            )
        await connection.execute(
            (CHASSIS_MIGRATIONS / "0003_outbox_packs.sql").read_text(encoding="utf-8")
        )
        found = await outbox.unpublished(connection)
    finally:
        await connection.close()
    assert sorted(map(astuple, found)) == sorted(map(astuple, WAITING))
    assert [record for record in found if record.key == b"P1:A"] == WAITING[:3]


async def test_what_one_transaction_publishes_of_a_key_is_published_in_its_order(
    make_database: MakeDatabase,
) -> None:
    connection = await asyncpg.connect(await make_database())
    records = [
        OutgoingRecord("t", f"P1:{number % 7}".encode(), [], b"%d " % number * (number % 900))
        for number in range(400)
    ]
    try:
        await migrate(connection, MIGRATIONS)
        await outbox.append(connection, records[:250])
        await outbox.append(connection, records[250:])
        found = await outbox.unpublished(connection)
        events = await connection.fetchval("select sum(events) from delivery.outbox")
    finally:
        await connection.close()
    assert events == len(records)
    for key in {record.key for record in records}:
        assert [each for each in found if each.key == key] == [
            each for each in records if each.key == key
        ]


async def test_letters_that_lacked_a_reference_before_the_desk_came_are_looked_at_afterwards(
    make_database: MakeDatabase,
) -> None:
    connection = await asyncpg.connect(await make_database())
    try:
        for file in sorted(CHASSIS_MIGRATIONS.glob("*.sql"))[:6]:
            await connection.execute(file.read_text(encoding="utf-8"))
        for reason, status in (
            ("reference_missing", "open"),
            ("reference_missing", "dismissed"),
            ("rule_failed", "open"),
        ):
            await connection.execute(
                "insert into delivery.dead_letter (id, topic, headers, reason, message, status, "
                "failed_at) values (gen_random_uuid(), 't', '[]', $1, '', $2, '2026-01-05')",
                reason,
                status,
            )
        await connection.execute(
            (CHASSIS_MIGRATIONS / "0007_letters_that_wait.sql").read_text(encoding="utf-8")
        )
        due = await connection.fetch(
            "select reason, status from delivery.dead_letter where retry_at <= '2026-01-05'"
        )
    finally:
        await connection.close()
    assert [tuple(row) for row in due] == [("reference_missing", "open")]
