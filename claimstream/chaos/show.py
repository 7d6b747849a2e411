"""How the runs look while they go on: a bar and the last faults in a terminal, else lines."""

import time

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from claimstream.chaos import run
from claimstream.chaos.journal import Entry
from claimstream.chaos.options import ChaosOptions
from simulators.ehr.clinic.schedule import FIRST_DAY

_LINE_EVERY_S = 15


class LiveRun:
    """Told by the runs how far they are."""

    def __init__(self, console: Console, options: ChaosOptions) -> None:
        self._console = console
        self._options = options
        self._title = ""
        self._line_at = 0.0
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[said]}"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> "LiveRun":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def phase(self, title: str) -> None:
        """Another run begins."""
        self._title = title
        self._task = self._bar.add_task(title, total=self._steps(), said="starting")
        if not self._console.is_terminal:
            self._console.print(f"Run {title}", highlight=False)

    def _steps(self) -> int:
        return max(self._options.days + run.SEASON_DAYS, 1)

    def progress(self, progress: run.Progress) -> None:
        """Show how far it is."""
        days = (progress.day.date() - FIRST_DAY).days
        said = (
            f"{progress.day:%Y-%m-%d} {progress.documented} documented, "
            f"{progress.balances} balances, {progress.faults} faults, {progress.behind} behind"
        )
        if self._task is not None:
            self._bar.update(self._task, completed=min(days, self._steps()), said=said)
        if not self._console.is_terminal and time.monotonic() - self._line_at > _LINE_EVERY_S:
            self._line_at = time.monotonic()
            self._console.print(f"{self._title}: {said}", highlight=False)

    def entry(self, entry: Entry) -> None:
        """Show what was done to the stack."""
        if entry.fault:
            self._console.print(
                f"{entry.after_s:7.1f} s  {entry.number:5}  {entry.fault}: {entry.detail} "
                f"({entry.took_s:.1f} s)",
                highlight=False,
                markup=False,
            )
