"""``claimstream chaos``: break a stack of its own under load, and prove that nothing came of it.

Exit codes: 0 nothing was found; 1 something was found, or it did not recover; 2 wrong options;
130 ctrl-C.
"""

import asyncio
import json
import os
import signal
from collections import Counter
from pathlib import Path
from tempfile import gettempdir
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from claimstream.chaos.campaign import Campaign, Result
from claimstream.chaos.faults import KINDS, UnknownFaultError, chosen_kinds
from claimstream.chaos.options import ChaosOptions
from claimstream.chaos.show import LiveRun
from claimstream.commands.faults import quiet_libraries
from claimstream.stack.display import a_console
from claimstream.stack.errors import StackError
from claimstream.stack.state import STATE_VARIABLE, StateFolder
from deploy.embedded.errors import EmbeddedError

_MOST_SHOWN = 20


def chaos(
    encounters: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many.")] = 300,
    *,
    faults: Annotated[int, typer.Option(min=0, max=1_000_000, help="How many.")] = 40,
    seed: Annotated[int, typer.Option(help="The same seed draws the same faults.")] = 1,
    rate: Annotated[int, typer.Option(min=1, help="Encounters a second, at most.")] = 10,
    faults_only: Annotated[
        str | None, typer.Option(help="Kinds of faults, with commas.", show_default=False)
    ] = None,
    at_most: Annotated[
        int, typer.Option(min=0, help="Minutes with faults; then it drains. 0: no limit.")
    ] = 0,
    reference: Annotated[
        Path | None,
        typer.Option(help="The run without faults, kept for others.", show_default=False),
    ] = None,
    list_faults: Annotated[
        bool, typer.Option("--list-faults", help="Say which there are.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the data of the runs.")] = False,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="Write what was done and found.", show_default=False),
    ] = None,
    state_dir: Annotated[
        Path | None, typer.Option(help="An empty folder for the runs.", show_default=False)
    ] = None,
) -> None:
    """Kill, stall and starve every part of a stack under load, then prove every cent."""
    console = a_console()
    if list_faults:
        _list(console)
        return
    errors = Console(stderr=True)
    try:
        kinds = chosen_kinds(name.strip() for name in (faults_only or "").split(",") if name)
    except UnknownFaultError as error:
        errors.print(str(error), markup=False, highlight=False)
        raise typer.Exit(2) from None
    for option, file, asked in (
        ("--json", json_file, os.W_OK),
        ("--reference", reference, os.R_OK),
    ):
        if file is not None and not _may_be_used(file, asked):
            errors.print(
                f"{option}: {file} cannot be used: see that it is a file, or may be made there.",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )
            raise typer.Exit(2)
    quiet_libraries()
    # In the background of a shell ctrl-C is ignored until somebody asks for it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    given = state_dir or os.environ.get(STATE_VARIABLE)
    own = Path(given) if given else Path(gettempdir()) / f"claimstream-chaos-{seed}"
    folder = StateFolder(own.expanduser().absolute())
    options = ChaosOptions(encounters, faults, seed, rate, at_most)
    live = LiveRun(console, options)
    campaign = Campaign(folder, options, kinds, live, reference, keep)
    try:
        with live:
            result = asyncio.run(campaign.run())
    except (StackError, EmbeddedError) as error:
        errors.print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        console.print("Stopped.")
        raise typer.Exit(130) from None
    show_result(console, result)
    if json_file is not None:
        json_file.write_text(json.dumps(result.document(), indent=2), encoding="utf-8")
    if result.is_clean and not keep:
        campaign.wipe()
    else:
        console.print(f"The data are in {folder.path}.", highlight=False, soft_wrap=True)
    if not result.is_clean:
        raise typer.Exit(1)


def _may_be_used(file: Path, asked: int) -> bool:
    """Looked at before a run of hours, not after it; what is not there yet is to be made."""
    if file.exists():
        return file.is_file() and os.access(file, asked)
    return file.parent.is_dir() and os.access(file.parent, os.W_OK)


def show_result(console: Console, result: Result) -> None:
    """Print what was done, what was compared, and what was found."""
    table = Table("fault", "times")
    for name, count in Counter(entry.fault for entry in result.struck).most_common():
        table.add_row(name, str(count))
    console.print(table)
    console.print(
        f"seed {result.options.seed}: {result.options.encounters} encounters, "
        f"{len(result.struck)} faults, {result.kills} of them kills, in {result.seconds} s "
        f"({result.missed} more found nothing to strike); {result.copies} events were published "
        f"again; {result.compared} states compared, {result.checked} things checked; "
        f"{result.coded_otherwise} encounters were coded on another history of their patient, "
        f"{result.withdrawn_otherwise} withdrawn when their claims were elsewhere"
        + (f"; {result.cut} were cut off when it was stopped." if result.cut else "."),
        highlight=False,
        soft_wrap=True,
    )
    for sentence in result.sentences()[:_MOST_SHOWN]:
        console.print(sentence, markup=False, highlight=False, soft_wrap=True)
    if result.is_clean:
        console.print("[green]Nothing was lost, doubled, out of order or different.[/green]")
        return
    last = result.struck[-1] if result.struck else None
    console.print(
        f"{len(result.sentences())} findings with --seed {result.options.seed}"
        + (f"; the last fault was {last.number}, {last.fault} ({last.detail})." if last else "."),
        highlight=False,
        soft_wrap=True,
    )


def _list(console: Console) -> None:
    table = Table("fault", "weight", "what it does")
    for kind in KINDS:
        table.add_row(kind.name, str(kind.weight), kind.about)
    console.print(table)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("chaos")(chaos)
