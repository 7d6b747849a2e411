"""Two runs of one seed, one without faults and one with them, and what is different after them."""

import asyncio
import dataclasses
import shutil
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from claimstream.chaos.clearing import clear
from claimstream.chaos.faults import drawn
from claimstream.chaos.faults.base import Fault
from claimstream.chaos.journal import Entry, Journal
from claimstream.chaos.options import ChaosOptions
from claimstream.chaos.outcome import (
    Difference,
    Outcome,
    coded_on_another_history,
    differences,
    subjects_compared,
    withdrawn_at_another_time,
)
from claimstream.chaos.outcome_file import OutcomeFile
from claimstream.chaos.place import Place
from claimstream.chaos.run import Ended, Progress, Run
from claimstream.chaos.striking import MISSED, STRUCK, STUCK
from claimstream.chaos.waiting import NeverCameError
from claimstream.chaos.written_schedule import WrittenSchedule
from claimstream.stack.errors import StackError
from claimstream.stack.state import StateFolder
from claimstream.verify.finding import Finding

RECOVERY = "it recovers from every fault"


class Show(Protocol):
    """Who is told how far it is."""

    def phase(self, title: str) -> None:
        """Another run begins."""

    def progress(self, progress: Progress) -> None:
        """How far it is."""

    def entry(self, entry: Entry) -> None:
        """Something was done to the stack."""


@dataclass(slots=True)
class Result:
    """What came of it. ``seconds``: of the run with faults. ``missed``: faults that could not be
    done, since what they wait for did not come. ``coded_otherwise``: encounters left out, coded
    on another history of their patient; ``withdrawn_otherwise``: left out, withdrawn when fewer or
    more of their claims were on their way than in the other run. ``cut``: encounters of which
    nothing is said, since the run was stopped before everything about their patients was let in.
    """

    options: ChaosOptions
    struck: Sequence[Entry] = ()
    findings: list[Finding] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    seconds: int = 0
    checked: int = 0
    compared: int = 0
    copies: int = 0
    missed: int = 0
    coded_otherwise: int = 0
    withdrawn_otherwise: int = 0
    cut: int = 0

    @property
    def kills(self) -> int:
        """How many of the faults ended a process or a server with no warning."""
        return sum("kill" in entry.fault for entry in self.struck)

    @property
    def is_clean(self) -> bool:
        return not self.findings and not self.differences

    def sentences(self) -> list[str]:
        """A sentence a finding, with the fault before it where it has a time; the first event that
        differs where events do."""
        found = [
            f"{each.check}: {each.subject}: {each.message}{self._after(each.at)}"
            for each in self.findings
        ]
        for each in self.differences:
            event = f"; the first event that differs: {each.event}" if each.event else ""
            found.append(
                f"{each.subject}: {each.what} is {each.found!r} and without faults "
                f"{each.expected!r}{event}{self._after(each.at)}"
            )
        return found

    def _after(self, moment: datetime | None) -> str:
        fault = self.before(moment)
        if fault is None:
            return ""
        return f", after fault {fault.number}, {fault.fault} ({fault.detail})"

    def before(self, moment: datetime | None) -> Entry | None:
        """The last fault that ended before a moment."""
        ended = [each for each in self.struck if moment is not None and each.at <= moment]
        return ended[-1] if ended else None

    def document(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "options": dataclasses.asdict(self.options),
            "faults": dict(Counter(entry.fault for entry in self.struck)),
            "struck": [
                {
                    "number": entry.number,
                    "at": entry.at.isoformat(),
                    "fault": entry.fault,
                    "detail": entry.detail,
                }
                for entry in self.struck
            ],
            "kills": self.kills,
            "missed": self.missed,
            "cut_off": self.cut,
            "coded_on_another_history": self.coded_otherwise,
            "withdrawn_at_another_time": self.withdrawn_otherwise,
            "seconds": self.seconds,
            "published_again": self.copies,
            "checked": self.checked,
            "compared": self.compared,
            "findings": [_timed(each) for each in self.findings],
            "differences": [_timed(each) for each in self.differences],
        }


def _timed(found: Finding | Difference) -> dict[str, Any]:
    return {**dataclasses.asdict(found), "at": found.at and found.at.isoformat()}


@dataclass(slots=True)
class Campaign:
    """Both runs, each on a stack of its own below ``folder``, one after the other.

    ``reference``: the file of a run without faults that was kept, or where it is to be kept.
    Without ``keep`` the data of the run without faults are removed before the other one begins.
    """

    folder: StateFolder
    options: ChaosOptions
    kinds: Sequence[type[Fault]]
    show: Show
    reference: Path | None = None
    keep: bool = True

    async def run(self) -> Result:
        """Run both and compare. Raises ``StackError`` where a stack cannot start or the folder is
        somebody else's."""
        clear(self.folder.path)
        options = self.options
        schedule = WrittenSchedule(Place(StateFolder(self.folder.path / "faults")).schedule)
        await asyncio.to_thread(schedule.write, options)
        calm = await self._calm(schedule)
        if not options.faults and self.reference is not None:
            return Result(options, compared=sum(len(state) for state in calm.states.values()))
        self.show.phase("with faults")
        result = Result(options)
        faults = list(drawn(options.faults, options.seed, self.kinds))
        journal = self._journal("faults")
        with _asked_to_stop(options.at_most_minutes) as stopping:
            stormy = await self._played("faults", options, faults, journal, stopping)
        result.struck = [entry for entry in journal.entries if entry.what in (STRUCK, STUCK)]
        result.missed = sum(entry.what == MISSED for entry in journal.entries)
        if isinstance(stormy, Finding):
            result.findings.append(stormy)
            return result
        result.findings += stormy.findings
        otherwise = coded_on_another_history(calm, stormy.outcome) - stormy.cut
        withdrawn = withdrawn_at_another_time(calm, stormy.outcome) - stormy.cut - otherwise
        left_out = otherwise | withdrawn | stormy.cut
        result.differences = differences(calm, stormy.outcome, left_out)
        result.coded_otherwise, result.cut = len(otherwise), len(stormy.cut)
        result.withdrawn_otherwise = len(withdrawn)
        result.seconds, result.checked = stormy.seconds, stormy.checked
        result.compared = sum(
            len(calm.states.get(subject, ()))
            for subject in subjects_compared(calm, stormy.outcome, left_out)
        )
        result.copies = stormy.copies
        return result

    async def _calm(self, schedule: WrittenSchedule) -> Outcome:
        """What the run without faults came to: as it was kept, or run now."""
        if self.reference is not None and self.reference.exists():
            return OutcomeFile.opened(self.reference, schedule.digest())
        self.show.phase("without faults")
        calm = await self._played("calm", dataclasses.replace(self.options, faults=0), [])
        if isinstance(calm, Finding):
            raise StackError(f"The run without faults did not come to an end: {calm.message}.")
        if calm.findings:
            raise StackError(
                "The run without faults has findings of its own: "
                f"{calm.findings[0].check}: {calm.findings[0].subject}: {calm.findings[0].message}."
            )
        place = Place(StateFolder(self.folder.path / "calm"))
        if self.reference is not None:
            shutil.copyfile(place.told, self.reference)
        if not self.keep:
            shutil.rmtree(place.folder.path)
        return calm.outcome

    def wipe(self) -> None:
        """Remove the data of the runs."""
        shutil.rmtree(self.folder.path)

    def _journal(self, name: str) -> Journal:
        return Journal(Place(StateFolder(self.folder.path / name)).journal, self.show.entry)

    async def _played(
        self,
        name: str,
        options: ChaosOptions,
        faults: Sequence[Fault],
        journal: Journal | None = None,
        stopping: asyncio.Event | None = None,
    ) -> Ended | Finding:
        folder = StateFolder(self.folder.path / name)
        run = Run(
            folder,
            options,
            faults,
            journal or self._journal(name),
            self.show.progress,
            stopping or asyncio.Event(),
        )
        try:
            return await run.play()
        except NeverCameError as error:
            return Finding(RECOVERY, f"seed {options.seed}", str(error))


@contextmanager
def _asked_to_stop(at_most_minutes: int) -> Iterator[asyncio.Event]:
    """An event that ctrl-C sets, and the end of so many minutes; ctrl-C once more ends at once."""
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()

    def ask() -> None:
        stopping.set()
        loop.remove_signal_handler(signal.SIGINT)

    loop.add_signal_handler(signal.SIGINT, ask)
    timer = loop.call_later(at_most_minutes * 60, stopping.set) if at_most_minutes else None
    try:
        yield stopping
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        if timer is not None:
            timer.cancel()
