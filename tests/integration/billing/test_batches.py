"""A batch costs the same number of statements whatever its size."""

from collections.abc import Callable
from datetime import date, timedelta

import asyncpg
import pytest

from schemas.event import Event
from tests.integration.billing.conftest import Running
from tests.integration.billing.test_lineage import Script
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
