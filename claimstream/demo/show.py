"""How a run looks: live counts while it goes on, and what it came to."""

from datetime import datetime

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from claimstream.demo.outcome import Outcome
from claimstream.demo.stages import STAGES
from claimstream.topics.summary import dollars

_LINE_EVERY_DAYS = 10


class LiveCounts:
    """Counts per stage; a table that moves in a terminal, a line now and then elsewhere."""

    def __init__(self, console: Console, encounters: int, *, quiet: bool) -> None:
        self._console = console
        self._encounters = max(encounters, 1)
        self._quiet = quiet
        self._live = (
            Live(console=console, refresh_per_second=5)
            if console.is_terminal and not quiet
            else None
        )
        self._next_line = 0

    def __enter__(self) -> "LiveCounts":
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, now: datetime, counts: dict[str, int], note: str) -> None:
        """Show where the run stands."""
        if self._live is not None:
            self._live.update(self._table(now, counts, note))
            return
        if self._quiet or now.toordinal() < self._next_line:
            return
        self._next_line = now.toordinal() + _LINE_EVERY_DAYS
        numbers = [counts.get(topic, 0) for _, topic in STAGES]
        self._console.print(
            f"{now:%Y-%m-%d}  documented {numbers[0]}, coded {numbers[3]}, "
            f"claims {numbers[4]}, sent {numbers[5]}, adjudicated {numbers[7]}, "
            f"balances {numbers[8]}, statements {numbers[9]}, payments {numbers[10]}",
            highlight=False,
        )

    def _table(self, now: datetime, counts: dict[str, int], note: str) -> Group:
        table = Table.grid(padding=(0, 2))
        top = max([self._encounters, *counts.values()])
        for title, topic in STAGES:
            count = counts.get(topic, 0)
            table.add_row(title, f"{count:>7,}", ProgressBar(total=top, completed=count, width=40))
        return Group(Text(f"{now:%A, %d %B %Y}  {note}", style="bold"), table)


def show_outcome(console: Console, outcome: Outcome) -> None:
    """Print what a run came to."""
    standing = Table("encounters", "stand at", title="Where encounters stand", title_justify="left")
    for text, count in outcome.standing:
        standing.add_row(f"{count:,}", text)
    console.print(standing)
    money = Table("amount", "where", title="Where the money is", title_justify="left")
    for where, cents in sorted(outcome.money_cents.items(), key=lambda item: -item[1]):
        if cents:
            money.add_row(f"{dollars(cents):>14}", _words(where))
    total = sum(outcome.money_cents.values())
    money.add_section()
    money.add_row(f"{dollars(total):>14}", "together")
    console.print(money)
    if total == outcome.charged_cents:
        console.print(f"[green]Charged {dollars(outcome.charged_cents)}: every cent is there.[/]")
    else:
        console.print(
            f"[red]Charged {dollars(outcome.charged_cents)}: "
            f"{dollars(outcome.charged_cents - total)} is not explained.[/]"
        )
    if outcome.denials:
        denied = Table("lines", "amount", "reason", title="Denials", title_justify="left")
        for reason, lines, cents in outcome.denials:
            denied.add_row(f"{lines:,}", f"{dollars(cents):>12}", reason)
        console.print(denied)


def _words(where: str) -> str:
    kind, _, state = where.partition(":")
    return f"with payers: {state.replace('_', ' ')}" if state else kind.replace("_", " ")
