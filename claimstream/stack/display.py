"""How a person sees a stack: the progress of its start, and the table of its processes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from claimstream.stack.control import OnStep
from claimstream.stack.health import ServiceStatus
from claimstream.stack.progress import Step
from claimstream.stack.state import StackRecord

_WORTH_COUNTING = 10
_WIDE = 140
_SECONDS_A_MINUTE = 60
_SECONDS_AN_HOUR = 3600
_SECONDS_A_DAY = 86_400


def a_console() -> Console:
    """The terminal; or, where the output goes elsewhere, lines wide enough for every table."""
    console = Console()
    return console if console.is_terminal else Console(width=_WIDE)


@contextmanager
def shown_steps(console: Console) -> Iterator[OnStep]:
    """A callback that shows every step: moving bars in a terminal, one line a step elsewhere."""
    if not console.is_terminal:
        seen: set[str] = set()
        yield lambda step: _plain(console, step, seen)
        return
    columns = (
        SpinnerColumn(finished_text="[green]✓[/]"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[count]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        tasks: dict[str, TaskID] = {}

        def show(step: Step) -> None:
            if step.state in ("up", "failed", "stopped"):
                return
            if step.name not in tasks:
                tasks[step.name] = progress.add_task(step.text, total=None, count="")
            finished = step.state == "done"
            progress.update(
                tasks[step.name],
                description=step.text,
                total=1 if finished else (step.total or None),
                completed=1 if finished else step.done,
                count="" if finished or not step.total else f"{step.done}/{step.total}",
            )

        yield show


def _plain(console: Console, step: Step, seen: set[str]) -> None:
    """A line for each new sentence, and one for every tenth part of something long."""
    if step.state in ("up", "failed", "stopped"):
        return
    counted = step.state == "running" and step.total > _WORTH_COUNTING
    if counted and step.done and step.done % max(step.total // 10, 1) == 0:
        console.print(f"{step.text} {step.done}/{step.total}", highlight=False)
    elif step.text not in seen:
        console.print(step.text, highlight=False)
    seen.add(step.text)


def status_table(statuses: Sequence[ServiceStatus]) -> Table:
    """One row a process."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("SERVICE", no_wrap=True)
    table.add_column("ALIVE")
    table.add_column("READY")
    for heading in ("LAG", "BEHIND", "OUTBOX", "OLDEST", "DEAD", "PARKED"):
        table.add_column(heading, justify="right")
    table.add_column("ADDRESS", no_wrap=True)
    table.add_column("")
    for status in statuses:
        restarts = f"restarted {status.restarts}x " if status.restarts else ""
        table.add_row(
            status.service,
            _yes(status.alive),
            _yes(status.ready),
            _count(status.lag_events),
            age(status.lag_seconds),
            _count(status.outbox_depth),
            age(status.outbox_age_seconds),
            _count(status.dead_letters, warn=True),
            _count(status.parked_events),
            status.address.removeprefix("http://"),
            (restarts + status.message).strip(),
        )
    return table


def headline(record: StackRecord, folder: str, statuses: Sequence[ServiceStatus]) -> str:
    """One line on the stack as a whole."""
    stands = f"is {record.phase}"
    waiting = [one.service for one in statuses if not (one.alive and one.ready)]
    if record.phase == "ready" and waiting:
        stands = f"runs, and {', '.join(waiting)} is not ready"
    return f"The stack {stands}; Kafka at {record.kafka_bootstrap}, state in {folder}"


def age(seconds: int | float | None) -> str:
    """A duration as people write it: 7 s, 12 min, 3 h, 2 d."""
    if seconds is None:
        return "-"
    whole = int(seconds)
    if whole < _SECONDS_A_MINUTE * 2:
        return f"{whole} s"
    if whole < _SECONDS_AN_HOUR * 2:
        return f"{whole // _SECONDS_A_MINUTE} min"
    if whole < _SECONDS_A_DAY * 2:
        return f"{whole // _SECONDS_AN_HOUR} h"
    return f"{whole // _SECONDS_A_DAY} d"


def _yes(value: bool) -> str:
    return "[green]yes[/]" if value else "[red]no[/]"


def _count(value: int | None, *, warn: bool = False) -> str:
    if value is None:
        return "-"
    return f"[yellow]{value}[/]" if warn and value else str(value)
