"""A batch costs the same number of statements whatever its size."""

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from uuid import uuid4

import asyncpg
import pytest

from schemas.event import Event
from services.billing.loading import load
from services.chassis.incoming import Incoming
from tests.integration.billing.conftest import Running
from tests.integration.billing.test_lineage import Script
from tests.support import NOON, until
from tests.unit.billing.desk import decided, line, policy

LEAST, MOST = 3, 40


def lineages(count: int) -> list[list[Event]]:
    """The events of some encounters, stage by stage."""
    desk = Script()
    desk.register(policy("BLUERIVER"))
    stages: list[list[Event]] = [desk.handed(), [], [], []]
    for number in range(count):
        encounter = f"E{number}"
        stages[1].append(
            desk.code(
                line(1, "99213"),
                encounter_id=encounter,
                service_date=date(2026, 1, 1) + timedelta(days=number),
            )
        )
        claim = next(each for each in desk.claims if each.encounter_id == encounter)
        stages[2].append(
            desk.adjudicate(
                decided(1, 25000, 20000, ("PR", "3", 5000)),
                encounter_id=encounter,
                claim_id=claim.claim_id,
                sequence=number + 1,
            )
        )
        desk.pay(5000, f"PAY{number}", {encounter: 5000})
        stages[3].append(desk.handed()[-1])
    return stages


class Counted:
    """Counts what a connection is asked while a test looks."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.statements = 0
        for name in ("execute", "fetch", "fetchrow", "fetchval", "copy_records_to_table"):
            self._count(monkeypatch, name, getattr(asyncpg.Connection, name))

    def _count(
        self, monkeypatch: pytest.MonkeyPatch, name: str, real: Callable[..., object]
    ) -> None:
        def counted(*args: object, **kwargs: object) -> object:
            self.statements += 1
            return real(*args, **kwargs)

        monkeypatch.setattr(asyncpg.Connection, name, counted)


@pytest.mark.parametrize("stage", [0, 1, 2, 3])
async def test_statements_do_not_grow_with_the_batch(
    running: Running, monkeypatch: pytest.MonkeyPatch, stage: int
) -> None:
    counts = []
    few, many = lineages(LEAST), lineages(MOST)
    for before in range(stage):
        await running.hear(*many[before])
    counted = Counted(monkeypatch)
    for events in (few[stage], many[stage][LEAST:] or many[stage]):
        counted.statements = 0
        batch = await running.hear(*events)
        assert not batch.letters
        counts.append(counted.statements)
    assert counts[0] >= counts[1] > 0
    monkeypatch.undo()
    assert await running.findings() == []


async def test_a_batch_waits_for_its_first_account_before_it_holds_a_later_one(
    running: Running, billing_url: str
) -> None:
    desk = Script()
    later = desk.payment(50, "PAY2", {}).model_copy(update={"account_id": "A2"})
    await running.hear(desk.payment(300, "PAY1", {"E1": 300}), later)
    inputs = [
        Incoming(uuid4(), each.TOPIC, "", each, NOON)
        for each in (desk.coding(), later.model_copy(update={"payment_id": "PAY3"}))
    ]
    holder, loader = [await asyncpg.connect(billing_url) for _ in range(2)]

    async def loaded() -> list[str]:
        async with loader.transaction():
            accounts = (await load(loader, inputs)).patient_accounts
            return [each for each in ("A1", "A2") if ("P1", each) in accounts]

    async def waits() -> bool:
        (row,) = await running.rows(
            "select wait_event_type from pg_stat_activity where pid = $1", loader.get_server_pid()
        )
        return bool(row["wait_event_type"] == "Lock")

    lock = "select account_id from billing.patient_account where account_id = $1 for update nowait"
    try:
        async with holder.transaction():
            await holder.fetch(lock, "A1")
            loading = asyncio.create_task(loaded())
            await until(waits, what="a batch that waits for its first account")
            assert len(await running.rows(lock, "A2")) == 1
        assert await loading == ["A1", "A2"]
    finally:
        await holder.close()
        await loader.close()
