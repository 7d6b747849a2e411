"""Work on many letters keeps to the watermark of the outbox that it adds to."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import cast
from uuid import UUID

import pytest

from claimstream.dead_letters import bulk, outbox_room
from claimstream.dead_letters.bulk import Tally, dismiss_many, redrive_many
from claimstream.dead_letters.outbox_room import OutboxRoom
from services.chassis.letter_desk import LetterDesk, Person, Redriven
from tests.support import LONG_ENOUGH_S

MOST = 1_000
OF_A_LETTER = 300
LETTERS = [UUID(int=number) for number in range(5)]
ANA = Person("ana", "operator")


@dataclass(slots=True)
class Outbox:
    """An outbox that a desk fills; it gives ``out`` events away each time that it is looked at."""

    events: int = 0
    out: int = 0
    fullest: int = 0
    redriven: list[UUID] = field(default_factory=list)

    async def redrive(self, letter_ids: Sequence[UUID], _person: Person) -> list[Redriven]:
        self.redriven += letter_ids
        self.events += OF_A_LETTER * len(letter_ids)
        self.fullest = max(self.fullest, self.events)
        return [Redriven(letter_id, "accepted") for letter_id in letter_ids]

    async def rehearse(self, letter_ids: Sequence[UUID]) -> list[Redriven]:
        return [Redriven(letter_id, "accepted") for letter_id in letter_ids]

    async def depth(self) -> int:
        self.events = max(0, self.events - self.out)
        return self.events


@dataclass(slots=True)
class Work:
    """A redrive of every letter, and what its progress said it waits for."""

    outbox: Outbox
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    stops_once_it_waits: bool = False
    waited_for: list[int] = field(default_factory=list)

    def _on_progress(self, tally: Tally) -> None:
        if tally.waits_for is not None:
            self.waited_for.append(tally.waits_for)
            if self.stops_once_it_waits:
                self.stop.set()

    async def run(self, *, dry_run: bool = False) -> Tally:
        tally = Tally(total=len(LETTERS))
        async with asyncio.timeout(LONG_ENOUGH_S):
            await redrive_many(
                cast(LetterDesk, self.outbox),
                LETTERS,
                ANA,
                tally,
                room=OutboxRoom(MOST, self.outbox.depth),
                stop=self.stop,
                dry_run=dry_run,
                on_progress=self._on_progress,
            )
        return tally


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 1)
    monkeypatch.setattr(outbox_room, "LOOK_EVERY_SECONDS", 0.001)
    monkeypatch.setattr(outbox_room, "STUCK_AFTER_SECONDS", 10)
    monkeypatch.setattr(outbox_room, "monotonic", count().__next__)


async def test_where_nothing_is_published_it_stops_and_leaves_the_rest() -> None:
    work = Work(Outbox())
    tally = await work.run()
    assert (tally.done, tally.stopped, tally.stuck_at) == (4, True, 1200)
    assert set(work.waited_for) == {1200}
    assert len(work.waited_for) > 1


async def test_an_outbox_that_empties_slowly_is_waited_for_until_half_of_it_is_out() -> None:
    work = Work(Outbox(events=1_003, out=1))
    tally = await work.run()
    assert (tally.done, tally.stopped, tally.waits_for) == (len(LETTERS), False, None)
    assert work.waited_for[0] == 1_002
    assert min(work.waited_for) == MOST // 2 + 1
    assert work.outbox.fullest <= MOST + OF_A_LETTER


async def test_ctrl_c_ends_the_waiting_and_decides_nothing_more() -> None:
    work = Work(Outbox(events=MOST + 1), stops_once_it_waits=True)
    tally = await work.run()
    assert (tally.stopped, tally.stuck_at, tally.done) == (True, None, 0)
    assert work.outbox.redriven == []


async def test_what_only_rehearses_waits_for_no_outbox() -> None:
    work = Work(Outbox(events=MOST + 1))
    assert (await work.run(dry_run=True)).done == len(LETTERS)
    assert work.waited_for == []


async def test_a_letter_that_somebody_dealt_with_meanwhile_is_not_counted_as_dismissed() -> None:
    class Desk:
        async def dismiss(self, letter_id: UUID, _person: Person) -> None:
            if letter_id == LETTERS[1]:
                raise LookupError

    tally = Tally(total=len(LETTERS))
    await dismiss_many(
        cast(LetterDesk, Desk()),
        LETTERS,
        ANA,
        tally,
        stop=asyncio.Event(),
        on_progress=lambda _: None,
    )
    assert (tally.done, tally.outcomes["closed"]) == (5, 1)
