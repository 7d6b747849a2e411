"""Two runs of one seed, one without faults and one with them, and what is different after them."""

import dataclasses
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from claimstream.chaos.faults import drawn
from claimstream.chaos.faults.base import Fault
from claimstream.chaos.journal import Entry, Journal
from claimstream.chaos.options import ChaosOptions
from claimstream.chaos.outcome import Difference, coded_on_another_history, differences
from claimstream.chaos.place import Place
from claimstream.chaos.run import MISSED, STRUCK, STUCK, Ended, Progress, Run
from claimstream.chaos.waiting import NeverCameError
from claimstream.stack.control import Stack
from claimstream.stack.errors import StackError
from claimstream.stack.state import StateFolder
from claimstream.verify.finding import Finding

_MARKER = "chaos-runs"
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
    on another history of their patient.
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

    @property
    def is_clean(self) -> bool:
        return not self.findings and not self.differences

    def sentences(self) -> list[str]:
        """A sentence a finding; the first event that differs where events do."""
        found = [f"{each.check}: {each.subject}: {each.message}" for each in self.findings]
        for each in self.differences:
            event = f"; the first event that differs: {each.event}" if each.event else ""
            fault = self.before(each.at)
            if fault is not None:
                event += f", after fault {fault.number}, {fault.fault} ({fault.detail})"
            found.append(
                f"{each.subject}: {each.what} is {each.found!r} and without faults "
                f"{each.expected!r}{event}"
            )
        return found

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
            "missed": self.missed,
            "coded_on_another_history": self.coded_otherwise,
            "seconds": self.seconds,
            "published_again": self.copies,
            "checked": self.checked,
            "compared": self.compared,
            "findings": [dataclasses.asdict(each) for each in self.findings],
            "differences": [dataclasses.asdict(each) for each in self.differences],
        }


@dataclass(slots=True)
class Campaign:
    """Both runs, each on a stack of its own below ``folder``, one after the other."""

    folder: StateFolder
    options: ChaosOptions
    kinds: Sequence[type[Fault]]
    show: Show

    async def run(self) -> Result:
        """Run both and compare. Raises ``StackError`` where a stack cannot start or the folder is
        somebody else's."""
        self._prepare()
        options = self.options
        self.show.phase("without faults")
        calm = await self._played("calm", dataclasses.replace(options, faults=0), [])
        if isinstance(calm, Finding):
            raise StackError(f"The run without faults did not come to an end: {calm.message}.")
        if calm.findings:
            raise StackError(
                "The run without faults has findings of its own: "
                f"{calm.findings[0].check}: {calm.findings[0].subject}: {calm.findings[0].message}."
            )
        self.show.phase("with faults")
        result = Result(options)
        faults = list(drawn(options.faults, options.seed, self.kinds))
        journal = self._journal("faults")
        stormy = await self._played("faults", options, faults, journal)
        result.struck = [entry for entry in journal.entries if entry.what in (STRUCK, STUCK)]
        result.missed = sum(entry.what == MISSED for entry in journal.entries)
        if isinstance(stormy, Finding):
            result.findings.append(stormy)
            return result
        result.findings += stormy.findings
        result.differences = differences(calm.outcome, stormy.outcome)
        result.coded_otherwise = len(coded_on_another_history(calm.outcome, stormy.outcome))
        result.seconds, result.checked = stormy.seconds, stormy.checked
        result.compared = sum(len(state) for state in calm.outcome.states.values())
        result.copies = stormy.copies
        return result

    def wipe(self) -> None:
        """Remove the data of the runs."""
        shutil.rmtree(self.folder.path)

    def _prepare(self) -> None:
        path = self.folder.path
        if path.exists() and any(path.iterdir()):
            if not (path / _MARKER).exists():
                raise StackError(
                    f"{path} is not empty and holds no such runs: give another folder."
                )
            for name in ("calm", "faults"):
                Stack(StateFolder(path / name)).stop()
            shutil.rmtree(path)
        path.mkdir(parents=True)
        (path / _MARKER).touch()

    def _journal(self, name: str) -> Journal:
        return Journal(Place(StateFolder(self.folder.path / name)).journal, self.show.entry)

    async def _played(
        self,
        name: str,
        options: ChaosOptions,
        faults: Sequence[Fault],
        journal: Journal | None = None,
    ) -> Ended | Finding:
        folder = StateFolder(self.folder.path / name)
        run = Run(folder, options, faults, journal or self._journal(name), self.show.progress)
        try:
            return await run.play()
        except NeverCameError as error:
            return Finding(RECOVERY, f"seed {options.seed}", str(error))
