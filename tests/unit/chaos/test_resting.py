"""A run is over when nothing is under way: time passes for what only waits for it."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from claimstream.chaos import resting
from claimstream.chaos.resting import Resting
from claimstream.chaos.waiting import NeverCameError
from simulators.ehr.clinic.schedule import FIRST_DAY

OPENING = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=UTC)
WINDOW = timedelta(hours=1)


@dataclass(slots=True)
class Payer:
    """A stack by its clock: claims wait for a file until their hour; each look takes half a second.

    ``rounds``: days on which claims come, at the last of that season.
    """

    rounds: list[int] = field(default_factory=list)
    never: bool = False
    behind: int = 0
    now: datetime = OPENING
    pace: int = 1
    waits_until: datetime | None = None
    paces: list[int] = field(default_factory=list)

    def change_pace(self, _: object, pace: int) -> None:
        self.pace = pace
        self.paces.append(pace)

    def clock(self) -> tuple[datetime, float]:
        return self.now, self.pace

    async def look(self, _: float) -> None:
        self.now += timedelta(seconds=self.pace / 2)
        self.behind = max(self.behind - 500, 0)
        if self.rounds and self.now >= OPENING + timedelta(days=self.rounds[0]):
            self.rounds.pop(0)
            self.waits_until = self.now + WINDOW

    async def files(self) -> int:
        waits = self.waits_until is not None and self.now < self.waits_until
        return 9 if self.never or waits else 0

    async def counts(self) -> dict[str, int]:
        return {}

    def statuses(self) -> list[Any]:
        return [SimpleNamespace(lag_events=self.behind, outbox_depth=0, ready=True)]

    def resting(self) -> Resting:
        arena = SimpleNamespace(
            clock=self.clock, statuses=self.statuses, stack=SimpleNamespace(folder=None)
        )
        return Resting(cast("Any", arena), cast("Any", self), self.files)


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The machine's clock, by half a second a look."""
    passed = [0.0]

    def monotonic() -> float:
        passed[0] += resting._LOOK_S
        return passed[0]

    monkeypatch.setattr(resting, "time", SimpleNamespace(monotonic=monotonic))
    return passed


def at_the_pace_of(payer: Payer, monkeypatch: pytest.MonkeyPatch) -> Resting:
    monkeypatch.setattr(resting, "change_pace", payer.change_pace)
    waiting = SimpleNamespace(sleep=payer.look, to_thread=asyncio.to_thread)
    monkeypatch.setattr(resting, "asyncio", waiting)
    return payer.resting()


async def test_claims_that_wait_for_their_hour_are_not_waited_for_an_hour(
    seconds: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    payer = Payer(waits_until=OPENING + WINDOW)
    assert await at_the_pace_of(payer, monkeypatch).drained()
    assert seconds[0] < 30
    assert payer.now >= OPENING + WINDOW
    assert payer.pace == 1


async def test_nothing_under_way_needs_no_time(
    seconds: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    payer = Payer()
    assert not await at_the_pace_of(payer, monkeypatch).drained()
    assert payer.paces == []
    assert payer.now < OPENING + timedelta(minutes=1)


async def test_what_never_moves_is_told(
    seconds: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    payer = Payer(never=True)
    with pytest.raises(NeverCameError, match="0 events and 9 files stand still"):
        await at_the_pace_of(payer, monkeypatch).drained()
    assert seconds[0] > 240


async def test_what_is_sent_as_the_season_ends_has_time_to_be_answered(
    seconds: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    payer = Payer(rounds=[100, 140])
    await at_the_pace_of(payer, monkeypatch).quiet_season(100)
    assert payer.now >= OPENING + timedelta(days=180)
    assert payer.rounds == []


async def test_a_season_at_whose_end_all_is_said_is_over(
    seconds: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    payer = Payer()
    await at_the_pace_of(payer, monkeypatch).quiet_season(100)
    assert payer.now < OPENING + timedelta(days=108)


async def test_the_season_stands_still_while_events_are_behind(
    seconds: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    payer = Payer(behind=50_000)
    season = at_the_pace_of(payer, monkeypatch)
    behind = iter(range(49_500, 0, -500))
    day_of: dict[int, datetime] = {}
    look = payer.look

    async def noted(seconds: float) -> None:
        await look(seconds)
        day_of[next(behind, 0)] = payer.now

    monkeypatch.setattr(
        resting, "asyncio", SimpleNamespace(sleep=noted, to_thread=asyncio.to_thread)
    )
    await season.season(100)
    assert day_of[500] - OPENING < timedelta(days=2)
    assert payer.now >= OPENING + timedelta(days=100)


async def test_while_a_claim_is_on_its_way_no_weeks_pass(
    seconds: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    payer = Payer(never=True)
    await at_the_pace_of(payer, monkeypatch).season(100)
    assert max(payer.paces) <= 86_400
    payer = Payer()
    await at_the_pace_of(payer, monkeypatch).season(100)
    assert max(payer.paces) > 86_400
