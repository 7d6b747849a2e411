"""Faults strike beside each other where they may, one alone where it must, and none once told to
stop."""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from claimstream.chaos.arena import Arena
from claimstream.chaos.faults.base import Fault, Lane
from claimstream.chaos.journal import Journal
from claimstream.chaos.striking import MISSED, STRUCK, STUCK, Striking
from claimstream.chaos.waiting import NeverCameError
from tests.support import LONG_ENOUGH_S

ARENA = cast(Arena, None)


class Meeting:
    """Who is about at the same time."""

    def __init__(self) -> None:
        self.about: list[str] = []
        self.met: set[frozenset[str]] = set()

    def comes(self, name: str) -> None:
        self.about.append(name)
        self.met.add(frozenset(self.about))

    def goes(self, name: str) -> None:
        self.about.remove(name)


class Meets(Fault):
    """Strikes for a few turns of the loop."""

    about = "meets others"

    def __init__(self, meeting: Meeting, own: str, lane: Lane) -> None:
        super().__init__(random.Random(1))
        self.meeting, self.own = meeting, own
        self.lane = lane  # type: ignore[misc]
        self.name = own  # type: ignore[misc]

    async def strike(self, arena: Arena) -> None:
        self.meeting.comes(self.own)
        for _ in range(5):
            await asyncio.sleep(0)

    async def heal(self, arena: Arena) -> None:
        self.meeting.goes(self.own)


def striking(faults: Sequence[Fault], folder: Path, **changed: Any) -> Striking:
    given: dict[str, Any] = {"every_s": 0, "stopping": asyncio.Event(), "done": lambda _: None}
    return Striking(ARENA, faults, journal=Journal(folder / "journal"), **{**given, **changed})


async def test_faults_of_two_lanes_meet_and_those_of_one_never(tmp_path: Path) -> None:
    meeting = Meeting()
    faults = [
        Meets(meeting, f"{lane}-{number}", lane)
        for number in range(3)
        for lane in (Lane.KILLS, Lane.OTHERS)
    ]
    await striking(faults, tmp_path).run()
    assert max(map(len, meeting.met)) == 2
    for together in meeting.met:
        assert len({name.partition("-")[0] for name in together}) == len(together)


async def test_a_fault_that_must_be_alone_is(tmp_path: Path) -> None:
    meeting = Meeting()
    lanes = (Lane.KILLS, Lane.OTHERS, Lane.ALONE, Lane.KILLS, Lane.OTHERS, Lane.ALONE)
    faults = [Meets(meeting, f"{lane}-{number}", lane) for number, lane in enumerate(lanes)]
    numbers: list[int] = []
    await striking(faults, tmp_path, done=numbers.append).run()
    alone = {together for together in meeting.met if any("alone" in name for name in together)}
    assert alone == {frozenset({"alone-2"}), frozenset({"alone-5"})}
    assert numbers == [1, 2, 3, 4, 5, 6]


async def test_nothing_more_strikes_once_it_is_told_to_stop(tmp_path: Path) -> None:
    stopping = asyncio.Event()
    meeting = Meeting()
    faults = [Meets(meeting, f"kills-{number}", Lane.KILLS) for number in range(5)]

    def after_two(ended: int) -> None:
        if ended == 2:
            stopping.set()

    chaos = striking(faults, tmp_path, stopping=stopping, done=after_two)
    await chaos.run()
    assert [entry.what for entry in chaos.journal.entries] == [STRUCK, STRUCK]


async def test_a_stop_does_not_wait_for_the_next_fault_to_be_due(tmp_path: Path) -> None:
    stopping = asyncio.Event()
    faults = [Meets(Meeting(), f"kills-{number}", Lane.KILLS) for number in range(2)]
    chaos = striking(
        faults, tmp_path, every_s=3600, stopping=stopping, done=lambda _: stopping.set()
    )
    async with asyncio.timeout(LONG_ENOUGH_S):
        await chaos.run()
    assert len(chaos.journal.entries) == 1


class Never(Meets):
    """Does not end."""

    async def heal(self, arena: Arena) -> None:
        raise NeverCameError("coding being ready: not within 90 s")


async def test_a_fault_that_is_never_recovered_from_ends_the_run_and_is_named(
    tmp_path: Path,
) -> None:
    meeting = Meeting()
    faults = [
        Never(meeting, "kills-1", Lane.KILLS),
        *(Meets(meeting, f"others-{number}", Lane.OTHERS) for number in range(50)),
    ]
    chaos = striking(faults, tmp_path)
    with pytest.raises(NeverCameError, match="fault 1, kills-1"):
        await chaos.run()
    assert STUCK in {entry.what for entry in chaos.journal.entries}
    assert len(chaos.journal.entries) < 50


async def test_a_fault_that_found_nothing_to_strike_is_told_so(tmp_path: Path) -> None:
    fault = Meets(Meeting(), "kills-1", Lane.KILLS)
    fault.missed = True
    chaos = striking([fault], tmp_path)
    await chaos.run()
    assert [entry.what for entry in chaos.journal.entries] == [MISSED]
