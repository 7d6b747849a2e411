"""``claimstream payer-sim``: what the simulated payer can do, what it paid, and a day with it.

Exit codes: 0 done, and proven where there is something to prove; 1 something does not hold, or less
came about than was asked for; 2 wrong usage; 130 ctrl-C.
"""

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Annotated

import asyncpg
import typer
from rich.console import Console
from rich.table import Table

from claimstream.commands.demo import QUICK_TIME
from claimstream.commands.faults import plain_faults
from claimstream.commands.verify import payer_folder, show_report
from claimstream.demo.day import ClaimsDay, DayOfClaims, DayOptions
from claimstream.demo.show import LiveCounts
from claimstream.lineage.history import read_history
from claimstream.stack.control import Stack
from claimstream.stack.display import a_console, shown_steps
from claimstream.stack.errors import StackError
from claimstream.stack.state import StackAddresses, state_folder
from claimstream.topics.summary import dollars
from claimstream.verify.finding import Report
from claimstream.verify.run import verify
from deploy.embedded.errors import EmbeddedError
from simulators.payer.__main__ import books_document, scenario_lines
from simulators.payer.occasion import OccasionError, busy_day, parse_occasions

app = typer.Typer(no_args_is_help=True, help="The simulated payer.")
_OCCASIONS = "CLAIMSTREAM_PAYER_OCCASIONS"


@app.command()
def scenarios() -> None:
    """List what it can do: by member id, by chance (--occasions), and what becomes of files."""
    for line in scenario_lines():
        typer.echo(line)


@app.command()
def books(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Tell what the payer of the stack believes it paid, in cents."""
    path = (payer_folder() or state_folder().path / "payer") / "books.sqlite"
    if not path.exists():
        typer.echo(f"There are no books: {path} is not there.", err=True)
        raise typer.Exit(1)
    document = books_document(path)
    if as_json:
        typer.echo(json.dumps(document))
        return
    table = Table("paid on", "payer", "trace", "claims", "payment")
    for paid in document["paid"]:
        cents, claims = paid["payment_cents"], paid["claims"]
        table.add_row(
            paid["paid_on"],
            paid["payer_id"],
            paid["trace_number"],
            str(len(claims)),
            dollars(cents),
        )
    a_console().print(table)


@app.command()
def day(
    claims: Annotated[int, typer.Option(min=1, max=100_000, help="How many, at least.")] = 1000,
    *,
    seed: Annotated[int, typer.Option(help="The same seed makes the same claims.")] = 7,
    speed: Annotated[int, typer.Option(min=1, max=30, help="Days that pass in a second.")] = 1,
    rate: Annotated[int, typer.Option(min=1, help="Encounters a second, at most.")] = 40,
    occasions: Annotated[
        Path | None, typer.Option(help="Scenarios and faults; default: everything it can.")
    ] = None,
    state_dir: Annotated[
        Path | None, typer.Option(help="The stack's state folder.", show_default=False)
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Only what it came to.")] = False,
) -> None:
    """Send one day's claims to five partners that do everything, and prove both sides' money."""
    folder = state_folder(state_dir)
    text = busy_day() if occasions is None else _text(occasions)
    file = folder.path / "occasions.toml"
    settings = {
        **QUICK_TIME,
        _OCCASIONS: str(file),
        "CLAIMSTREAM_PAYER_SEED": str(seed),
    }
    console = a_console()
    options = DayOptions.for_claims(claims, seed, speed, rate)
    live = LiveCounts(console, options.encounters, quiet=quiet)
    run = ClaimsDay(Stack(folder, settings=settings), options, live.show)
    try:
        run.prepare()
        file.write_text(text, encoding="utf-8")
        with shown_steps(console) as on_step:
            addresses = run.stack.start(tethered=False, on_step=on_step)
        with plain_faults(but=(StackError, EmbeddedError)):
            with live:
                asyncio.run(run.run(addresses))
            came, report = asyncio.run(_conclude(addresses, folder.path / "payer"))
    except (StackError, EmbeddedError) as error:
        Console(stderr=True).print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        run.stack.stop()
        raise typer.Exit(130) from None
    _show(console, came)
    show_report(console, report)
    sent = sum(came.claims.values())
    if sent < claims:
        typer.echo(f"{sent} claims were sent and {claims} asked for.", err=True)
    if not run.settled:
        typer.echo(
            "It did not come to rest: `claimstream status` says what is under way.", err=True
        )
    if report.findings or sent < claims or not run.settled:
        raise typer.Exit(1)


def _text(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8")
        parse_occasions(text)
    except (OccasionError, OSError) as error:
        raise typer.BadParameter(str(error), param_hint="--occasions") from None
    return text


async def _conclude(addresses: StackAddresses, payer: Path) -> tuple[DayOfClaims, Report]:
    verified = await verify(addresses.kafka_bootstrap, addresses.database_urls, payer=payer)
    came = DayOfClaims()
    history = await read_history(addresses.kafka_bootstrap)
    came.take(list(history.facts))
    gateway = await asyncpg.connect(addresses.database_urls["payer_gateway"], command_timeout=120)
    try:
        await came.read(gateway)
    finally:
        await gateway.close()
    return came, verified.report


def _show(console: Console, came: DayOfClaims) -> None:
    for title, counts in (
        ("claims by payer", came.claims),
        ("decisions by claim status (CLP02)", came.statuses),
        ("adjustments by group (CAS01)", came.groups),
        ("provider adjustments (PLB03-1)", came.provider_reasons),
    ):
        console.print(f"{title}: {_counts(counts)}", highlight=False, soft_wrap=True)
    table = Table("payer", "files are", "files", title="Files received", title_justify="left")
    for payer_id, state, files in came.files:
        table.add_row(payer_id, state, f"{files:,}")
    console.print(table)
    refused = Table("items", "reason", title="Set aside by the gateway", title_justify="left")
    for reason, items in came.refusals:
        refused.add_row(f"{items:,}", reason)
    console.print(refused)
    console.print(f"Deposited: {dollars(came.deposited_cents)}", highlight=False)


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items())) or "none"
