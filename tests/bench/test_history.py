"""No batch, and no look that is taken again and again, reads a table with history to its end.

And what measures an event on top of history gives both sides the same work.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from rich.console import Console

from schemas.claim import ClaimSubmitted
from schemas.coding import DocumentationQueryOpened
from schemas.patient_account import PatientBalanceDue
from services.billing.app import service as billing
from services.billing.settings import BillingSettings
from services.chassis.runtime import GAUGES
from services.chassis.service import Service
from services.coding.app import service as coding
from services.coding.settings import CodingSettings
from services.patient_statements import statement_store
from services.patient_statements.app import service as patient_statements
from services.patient_statements.settings import PatientStatementsSettings
from services.payer_gateway.app import service as payer_gateway
from services.payer_gateway.settings import GatewaySettings
from services.payer_gateway.stores import file_store
from tests.bench import stories
from tests.bench.capture import Captured, Sample
from tests.bench.grown import grow
from tests.bench.history import LOOKS, measure_history
from tests.bench.history_report import history_document, show_history
from tests.bench.statements import CountedService
from tests.support import NOON, record

Live = Callable[[CountedService, list[str]], Awaitable[None]]

BEFORE = [f"H{number}" for number in range(100)]
COPIES = 60
AFTER = ["A1", "A2", "A3"]
_HISTORY_ROWS = 1_000
_READ = """
select s.schemaname || '.' || s.relname as name, s.seq_tup_read::bigint as rows
from pg_stat_user_tables s join pg_class c on c.oid = s.relid where c.reltuples >= $1
"""


async def code(counted: CountedService, names: list[str]) -> None:
    await counted.hear(stories.providers(["1"]))
    await counted.hear(stories.patients(names))
    await counted.hear(stories.coverages(names))
    await counted.hear(stories.documented(names, signed=False))
    queries = await counted.said(DocumentationQueryOpened)
    await counted.hear(stories.answered(queries))


async def bill(counted: CountedService, names: list[str]) -> None:
    await counted.hear(stories.patients(names))
    await counted.hear(stories.coverages(names))
    await counted.hear(stories.coded(names))
    claims = await counted.said(ClaimSubmitted)
    await counted.hear(stories.acknowledged(claims))
    adjudications = stories.adjudicated(claims)
    await counted.hear(adjudications)
    await counted.hear(stories.deposits(adjudications))
    await counted.hear(stories.payments(await counted.said(PatientBalanceDue)))
    await counted.hear(stories.coverages(names))


async def submit(counted: CountedService, names: list[str]) -> None:
    await counted.hear([stories.practice()])
    await counted.hear(stories.providers(["1"]))
    await counted.hear(stories.patients(names))
    await counted.hear(stories.coverages(names))
    await counted.hear(stories.submitted(names))


async def state(counted: CountedService, names: list[str]) -> None:
    await counted.hear([stories.practice()])
    await counted.hear(stories.patients(names))
    await counted.hear(stories.coverages(names))
    await counted.hear(stories.balances(names))
    counted.clock.advance(timedelta(days=5))


SERVICES: dict[str, tuple[Callable[[], Service[Any]], Live]] = {
    "coding": (lambda: coding(CodingSettings()), code),
    "billing": (lambda: billing(BillingSettings()), bill),
    "payer_gateway": (lambda: payer_gateway(GatewaySettings()), submit),
    "patient_statements": (lambda: patient_statements(PatientStatementsSettings()), state),
}


async def live(name: str, url: str, names: list[str]) -> None:
    """Let a service go through a short life, acting upon what comes due."""
    make, lives = SERVICES[name]
    counted = CountedService(make(), url)
    await counted.start()
    try:
        await lives(counted, names)
        while await counted.processor.run_deadlines():
            continue
        await counted.processor.retry_parked()
    finally:
        await counted.stop()


async def look(name: str, url: str) -> None:
    """Look for what may be to do, as the service's process does all the time."""
    connection = await asyncpg.connect(url)
    try:
        await connection.fetchrow(GAUGES)
        if name == "payer_gateway":
            await file_store.waiting_claims(connection)
            await file_store.unsent_files(connection)
            await file_store.next_unread(connection, 50, 1_000_000)
        elif name == "patient_statements":
            now = await connection.fetchval("select now()")
            async with connection.transaction():
                await statement_store.claim_to_render(connection, now, 25)
    finally:
        await connection.close()


async def read_in_order(url: str) -> dict[str, int]:
    """Rows read by scans of whole tables, by table with history."""
    connection = await asyncpg.connect(url)
    try:
        return {row["name"]: row["rows"] for row in await connection.fetch(_READ, _HISTORY_ROWS)}
    finally:
        await connection.close()


async def grown(name: str, url: str) -> dict[str, int]:
    await live(name, url, BEFORE)
    connection = await asyncpg.connect(url)
    try:
        return await grow(connection, COPIES)
    finally:
        await connection.close()


async def scanned(name: str, url: str) -> set[str]:
    """Tables with history that a service reads from end to end."""
    before = await read_in_order(url)
    assert before, "there is history"
    await live(name, url, AFTER)
    await look(name, url)
    after = await read_in_order(url)
    return {table for table, rows in after.items() if rows > before.get(table, 0)}


@pytest.mark.parametrize("name", SERVICES)
async def test_nothing_that_is_done_all_the_time_scans_a_table_with_history(
    name: str, database: str
) -> None:
    await grown(name, database)
    assert await scanned(name, database) == set()


async def test_a_statement_that_has_lost_its_index_is_found(database: str) -> None:
    await grown("billing", database)
    connection = await asyncpg.connect(database)
    await connection.execute("drop index billing.encounter_account_service")
    await connection.close()
    assert await scanned("billing", database) == {"billing.encounter_account"}


async def test_history_is_what_a_service_wrote_under_ids_of_its_own(database: str) -> None:
    table_bytes = await grown("billing", database)
    connection = await asyncpg.connect(database)
    try:
        found = await connection.fetchrow(
            "select count(*) as accounts, count(distinct encounter_id) as ids, "
            "count(distinct length(state)) as sizes, min(charge_cents) as least "
            "from billing.encounter_account"
        )
        due = await connection.fetchval(
            "select count(*) from delivery.deadline where due_at < now()"
        )
        with pytest.raises(asyncpg.PostgresError, match="append-only"):
            await connection.execute("delete from billing.journal")
    finally:
        await connection.close()
    assert found["accounts"] == found["ids"] == len(BEFORE) * COPIES
    assert found["least"] > 0
    assert due == 0
    assert table_bytes["billing.encounter_account"] > found["accounts"] * 1_000


def test_both_sides_do_the_same_work_on_histories_of_the_size_asked_for() -> None:
    prepared = [
        *stories.providers(["1"]),
        stories.practice(),
        *stories.patients(BEFORE),
        *stories.coverages(BEFORE),
    ]
    events = [*stories.submitted(BEFORE), *stories.balances(BEFORE)]
    captured = Captured(
        Sample.whole(len(BEFORE), 1),
        tuple(record(each, occurred_at=NOON) for each in prepared),
        tuple(record(each, occurred_at=NOON) for each in events),
        (),
    )
    cost = measure_history("patient_statements", captured, (100, 950), lambda _: None)
    few, many = cost.few, cost.many
    assert (few.claims, many.claims) == (100, 1_000)
    assert sum(many.table_bytes.values()) > 3 * sum(few.table_bytes.values())
    assert [turn.events for turn in few.turns] == [turn.events for turn in many.turns]
    assert few.taken_in.events > 0
    assert few.later.events == many.later.events > 0
    assert few.looks.events == many.looks.events == LOOKS
    assert min(many.taken_in.event_ns, many.later.event_ns, many.looks.event_ns) > 0
    show_history([cost], Console(quiet=True))
    shown = history_document([cost])["patient_statements"]
    assert shown["many"]["claims"] == 1_000
    assert shown["ratio_percent"] > 0
