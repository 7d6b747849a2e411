"""Work on many letters: in order, a few in one transaction, stoppable between any two of those."""

import asyncio
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from claimstream.dead_letters.outbox_room import OutboxRoom, OutboxStuckError
from claimstream.dead_letters.running import ServiceSilentError
from services.chassis.letter_desk import LetterDesk, Outcome, Person, Redriven

AT_ONCE = 20

OnProgress = Callable[["Tally"], None]


class Redriver(Protocol):
    """Who decides letters again: a desk, or a service that runs."""

    async def redrive(self, letter_ids: Sequence[UUID], person: Person) -> list[Redriven]: ...

    async def rehearse(self, letter_ids: Sequence[UUID]) -> list[Redriven]: ...


@dataclass(slots=True)
class Tally:
    """How far the work has come; ``refused`` counts by reason and message.

    ``waits_for``: so many events are in an outbox that is too full to go on now. ``stuck_at``: so
    many stayed in it, wherefore the work was stopped. ``silence``: why the service that does the
    work is waited for no longer, wherefore it was stopped.
    """

    total: int = 0
    done: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    publishes: Counter[str] = field(default_factory=Counter)
    stopped: bool = False
    waits_for: int | None = None
    stuck_at: int | None = None
    silence: str = ""

    def add(self, answers: Sequence[Redriven]) -> None:
        """Count what came of some letters."""
        self.done += len(answers)
        for answer in answers:
            self.outcomes[answer.outcome] += 1
            self.publishes.update(answer.publishes)
            if answer.refusal is not None:
                self.refused[answer.refusal.reason, answer.refusal.message] += 1

    @property
    def settled(self) -> int:
        """How many letters are dealt with, or would be."""
        return self.done - self.outcomes["refused"] - self.outcomes["behind"]


async def redrive_many(
    redriver: Redriver,
    letter_ids: Sequence[UUID],
    person: Person,
    tally: Tally,
    *,
    room: OutboxRoom,
    stop: asyncio.Event,
    dry_run: bool,
    on_progress: OnProgress,
) -> None:
    """Redrive letters, or only rehearse it, until all were tried or ``stop`` is set.

    Waits for ``room`` before each transaction, and stops where none comes, or where the service
    that does it falls silent. What was done stays done; the same call later goes on with the rest.
    """

    def waits(events: int) -> None:
        tally.waits_for = events
        on_progress(tally)

    for start in range(0, len(letter_ids), AT_ONCE):
        try:
            if not dry_run:
                await room.wait(stop, waits)
        except OutboxStuckError as error:
            tally.stuck_at = error.events
        tally.waits_for = None
        if stop.is_set() or tally.stuck_at is not None:
            tally.stopped = True
            return
        some = letter_ids[start : start + AT_ONCE]
        try:
            work = redriver.rehearse(some) if dry_run else redriver.redrive(some, person)
            answers = await work
        except ServiceSilentError as error:
            answers, tally.silence = error.answers, str(error)
        tally.add(answers)
        on_progress(tally)
        if len(answers) < len(some):
            tally.stopped = True
            return


async def dismiss_many(
    desk: LetterDesk,
    letter_ids: Sequence[UUID],
    person: Person,
    tally: Tally,
    *,
    stop: asyncio.Event,
    on_progress: OnProgress,
) -> None:
    """Give letters up, each in a transaction of its own, until ``stop`` is set.

    One that somebody dealt with meanwhile is left as it is.
    """
    for letter_id in letter_ids:
        if stop.is_set():
            tally.stopped = True
            return
        try:
            await desk.dismiss(letter_id, person)
        except LookupError:
            tally.outcomes["closed"] += 1
        tally.done += 1
        on_progress(tally)


@contextmanager
def stopping_on_ctrl_c() -> Iterator[asyncio.Event]:
    """An event that the first ctrl-C sets; a second one ends the program as usual."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop_soon() -> None:
        stop.set()
        loop.remove_signal_handler(signal.SIGINT)

    loop.add_signal_handler(signal.SIGINT, stop_soon)
    try:
        yield stop
    finally:
        loop.remove_signal_handler(signal.SIGINT)
