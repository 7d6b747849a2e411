"""What the commands say of letters that were tried again, or would be."""

from types import TracebackType

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from claimstream.dead_letters.bulk import OnProgress, Tally
from claimstream.dead_letters.outbox_room import STUCK_AFTER_SECONDS
from services.chassis.letter_desk import Outcome
from services.chassis.record import Refusal


def forecast(
    outcome: Outcome, publishes: tuple[str, ...] = (), refusal: Refusal | None = None
) -> str:
    """What a redrive would come to, in a sentence."""
    follows = ", ".join(dict.fromkeys(publishes)) or "nothing"
    why = f"{refusal.reason}: {refusal.message}" if refusal else ""
    return {
        "accepted": f"A redrive would be accepted; it would publish {follows}.",
        "known": "A redrive would change nothing: an event of this id was taken in already.",
        "parked": "A redrive would put it behind what waits under its key.",
        "behind": "An earlier dead letter of its key must be dealt with first.",
        "closed": "It is dealt with already.",
        "unchanged": "Nothing to change: what is kept says so already.",
        "refused": f"It would still be refused: {why}",
    }[outcome]


class shown_progress:  # noqa: N801 - used as a function
    """A bar in a terminal, a line for every tenth elsewhere; of a single one, only its waiting."""

    def __init__(self, total: int, doing: str) -> None:
        self._total = total
        self._doing = doing
        self._console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._console,
        )
        self._tenth = 0
        self._waits = False

    def __enter__(self) -> OnProgress:
        if self._total < 2 or not self._console.is_terminal:
            return self._line
        self._bar.start()
        task = self._bar.add_task(self._doing, total=self._total)
        return lambda tally: self._bar.update(
            task, completed=tally.done, description=_waiting(tally) or self._doing
        )

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._bar.live.is_started:
            self._bar.stop()

    def _line(self, tally: Tally) -> None:
        waiting = _waiting(tally)
        if waiting and not self._waits:
            typer.echo(waiting, err=True)
        self._waits = bool(waiting)
        if self._total < 2:
            return
        tenth = tally.done * 10 // self._total
        if tenth > self._tenth:
            self._tenth = tenth
            typer.echo(f"{tally.done} of {tally.total}", err=True)


def _waiting(tally: Tally) -> str:
    if tally.waits_for is None:
        return ""
    return f"Waiting for the outbox: {tally.waits_for} events"


def tell(tally: Tally, *, one: bool, dry_run: bool) -> None:
    """Say what came of letters; ``one``: a person named a single one."""
    would = "would be " if dry_run else ""
    if one and tally.total == tally.done == 1:
        _tell_one(tally, dry_run=dry_run)
        return
    words: dict[Outcome, str] = {
        "accepted": f"{would}accepted",
        "known": "known already, nothing to do",
        "parked": f"{would}put behind what waits under their key",
        "refused": f"{would}refused again",
        "behind": "behind another dead letter of their key",
        "closed": "dealt with already",
    }
    counted = ", ".join(
        f"{tally.outcomes[o]} {text}" for o, text in words.items() if tally.outcomes[o]
    )
    typer.echo(f"{tally.done} of {tally.total} dead letters: {counted or 'none'}.")
    for (reason, message), count in tally.refused.most_common(10):
        typer.echo(f"  {count} x {reason}: {message}")
    if dry_run:
        for topic, count in sorted(tally.publishes.items()):
            typer.echo(f"  would publish {count} x {topic}")
    elif tally.settled:
        typer.echo("What waited behind them goes on.")
    if tally.stuck_at is not None:
        typer.echo(
            f"{tally.stuck_at} events wait in the outbox and have not become fewer for "
            f"{STUCK_AFTER_SECONDS // 60} minutes: see that Kafka and the service run, with "
            "`claimstream status`."
        )
    if tally.silence:
        typer.echo(tally.silence)
    if tally.stopped:
        typer.echo(f"Stopped; {tally.total - tally.done} are left. The same command goes on.")


def _tell_one(tally: Tally, *, dry_run: bool) -> None:
    (outcome,) = tally.outcomes
    if tally.refused:
        ((reason, message),) = tally.refused
        again = "It would be refused again" if dry_run else "Refused again"
        typer.echo(f"{again}: {reason}: {message}", err=True)
    elif dry_run:
        publishes = tuple(tally.publishes)
        typer.echo(forecast(outcome, publishes))
    else:
        typer.echo(
            {
                "accepted": "Accepted; what waited behind it goes on.",
                "known": "An event of this id was taken in already, so nothing changes; "
                "what waited behind it goes on.",
                "parked": "It waits under its new key behind what waits there.",
                "behind": "An earlier dead letter of its key must be dealt with first.",
                "closed": "It is dealt with already.",
            }[outcome],
            err=outcome == "behind",
        )
