"""An installation's rows of an earlier version are read, changed and proven after an upgrade."""

import json
from datetime import date
from pathlib import Path
from shutil import copy
from typing import Any

import asyncpg
import pytest

from schemas.patient_account import PatientBalanceDue
from services.billing import stored
from services.billing.app import service_under
from services.billing.columns import columns
from services.billing.domain.ledger import Posting
from services.chassis.migrate import migrate
from tests.fixtures.postgres import MakeDatabase
from tests.integration.billing.conftest import Running
from tests.integration.billing.test_lineage import Script, paid_and_taken_back
from tests.support import ManualClock
from tests.unit.billing.desk import NOON, decided, line, policy, test_rules
from tests.unit.billing.test_stored import ROWS

MIGRATIONS = service_under(test_rules()).migrations


async def earlier(url: str, folder: Path, last: str) -> asyncpg.Connection:
    """A connection to a database as the migrations up to ``last`` make it."""
    for file in sorted(MIGRATIONS.glob("*.sql")):
        if file.name[:4] <= last:
            copy(file, folder)
    connection = await asyncpg.connect(url)
    await migrate(connection, folder)
    return connection


def by_name(story: dict[str, Any]) -> list[Any]:
    figures = [25_000, 0, 0, 0, 0, 0, 25_000, 0, 0, 0]
    return ["P1", "E1", "PT1", "A1", date(2026, 3, 2), "", True, False, False, *figures, 1, story]


def as_a_row(posting: Posting) -> tuple[Any, ...]:
    """A posting as a release that kept each in a row of its own wrote it."""
    return (
        "P1",
        "encounter:E1",
        posting.source,
        posting.ordinal,
        posting.number,
        posting.line,
        posting.kind,
        posting.debit,
        posting.credit,
        posting.amount_cents,
        posting.detail,
        posting.origin.claim_id,
        posting.origin.payer_id,
        posting.origin.remittance_id,
        posting.reverses,
        NOON,
    )


async def test_an_account_of_an_earlier_version_goes_on(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    desk = Script()
    desk.register(policy("BLUERIVER"))
    desk.code(line(1, "99213"))
    url = await make_database()
    connection = await earlier(url, tmp_path, "0002")
    account = ROWS["coded_account"]
    row = by_name(account)
    assert stored.ENCOUNTER_ACCOUNT.decode(json.dumps(account).encode()) == desk.account()
    places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
    await connection.execute(
        f"insert into billing.encounter_account values ({places})",
        *row[:-1],
        json.dumps(account).encode(),
    )
    claim = desk.account().claims[0]
    await connection.execute(
        "insert into billing.claim values ($1, $2, $3, 1, 1, '1', 'BLUERIVER', 'submitted', '', "
        "25000, 25000, $4, $5)",
        "P1",
        claim.claim_id,
        "E1",
        claim.filing_deadline,
        claim.submitted_at,
    )
    made = [as_a_row(posting) for posting in desk.postings()]
    await connection.execute(
        "insert into billing.posting select * from unnest($1::text[], $2::text[], $3::text[], "
        "$4::int[], $5::int[], $6::int[], $7::text[], $8::text[], $9::text[], $10::bigint[], "
        "$11::text[], $12::text[], $13::text[], $14::text[], $15::int[], $16::timestamptz[])",
        *columns(made, 16),
    )
    await migrate(connection, MIGRATIONS)
    await connection.close()
    pool = await asyncpg.create_pool(url, min_size=1, max_size=2)
    running = Running(pool, ManualClock(NOON))
    try:
        assert await running.findings() == []
        desk.adjudicate(decided(1, 25000, 18000, ("CO", "45", 5000), ("PR", "2", 2000)))
        assert not (await running.hear(desk.handed()[-1])).letters
        assert (await running.said(PatientBalanceDue))[-1] == desk.balance
        assert await running.findings() == []
        kept = await running.rows("select state from billing.encounter_account")
        assert kept[0]["state"] == stored.encode(desk.account())
    finally:
        await pool.close()


async def test_a_position_in_a_ledger_is_taken_once(running: Running) -> None:
    desk = Script()
    desk.register(policy("BLUERIVER"))
    desk.code(line(1, "99213"))
    await running.hear(*desk.handed())
    with pytest.raises(asyncpg.UniqueViolationError):
        await running.rows(
            "insert into billing.journal select practice_id, ledger, number, ordinal, "
            "'another cause', posted_at, entries from billing.journal"
        )


async def test_every_posting_of_an_earlier_version_is_told_as_it_was(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    connection = await earlier(await make_database(), tmp_path, "0003")
    postings = paid_and_taken_back().postings()
    within = next(each for each in postings if each.ordinal == 3).number - 1
    made = [as_a_row(each) for each in postings if each.number != within]
    told = "select * from billing.posting order by number"
    try:
        await connection.copy_records_to_table("posting", records=made, schema_name="billing")
        before = await connection.fetch(told)
        await migrate(connection, MIGRATIONS)
        assert await connection.fetch(told) == before
        causes = len({each["source"] for each in before})
        assert await connection.fetchval("select count(*) from billing.journal") == causes + 1
    finally:
        await connection.close()
