"""``claimstream demo``: watch the whole revenue cycle run, and see its books proven.

Exit codes: 0 done and proven; 1 it could not be run, it fell short of what was asked, or something
does not hold; 3 Kafka or PostgreSQL went away; 130 ctrl-C.
"""

import asyncio
import shlex
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import typer
from rich.console import Console

from claimstream.commands.faults import plain_faults
from claimstream.commands.trace import trace_table
from claimstream.commands.verify import show_report
from claimstream.demo.outcome import Outcome, gather, save_samples
from claimstream.demo.run import Demo, DemoOptions
from claimstream.demo.show import LiveCounts, show_outcome
from claimstream.lineage.history import read_history
from claimstream.lineage.trace import trace
from claimstream.stack.control import Stack
from claimstream.stack.display import a_console, shown_steps
from claimstream.stack.errors import StackError
from claimstream.stack.state import StackAddresses, StateFolder, state_folder, usual_folder
from claimstream.verify.finding import Report
from claimstream.verify.run import verify
from deploy.embedded.errors import EmbeddedError

QUICK_TIME = {"CLAIMSTREAM_REFERENCE_LIMIT": "P30D"}
"""Days pass in fractions of a second, so what may wait for days is given more of them."""


def demo(
    encounters: Annotated[int, typer.Option(min=0, max=1_000_000, help="How many.")] = 300,
    *,
    seed: Annotated[int, typer.Option(help="The same seed makes the same encounters.")] = 7,
    speed: Annotated[int, typer.Option(min=1, max=30, help="Days that pass in a second.")] = 2,
    fhir: Annotated[
        list[str] | None, typer.Option(help="FHIR R4 bundles to send through as well.")
    ] = None,
    state_dir: Annotated[
        Path | None, typer.Option(help="The stack's state folder.", show_default=False)
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Only what it came to.")] = False,
) -> None:
    """Start everything, send encounters through to statements, and prove the money to the cent."""
    console = a_console()
    folder = state_folder(state_dir)
    live = LiveCounts(console, encounters, quiet=quiet)
    run = Demo(
        Stack(folder, settings=QUICK_TIME),
        DemoOptions(encounters, seed, speed, tuple(fhir or ())),
        live.show,
    )
    begun = time.monotonic()
    try:
        run.prepare()
        with shown_steps(console) as on_step:
            addresses = run.stack.start(tethered=False, on_step=on_step)
        with plain_faults(but=(StackError, EmbeddedError)):
            with live:
                asyncio.run(run.run(addresses))
            outcome, report = asyncio.run(_conclude(console, run, addresses, quiet=quiet))
    except (StackError, EmbeddedError) as error:
        Console(stderr=True).print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        console.print("Stopping.")
        run.stack.stop()
        raise typer.Exit(130) from None
    first = run.first_event_after
    coded = "none of them coded" if first is None else f"the first coded after {first:.0f} s"
    console.print(
        f"{outcome.encounters} encounters in {time.monotonic() - begun:.0f} s, {coded}.",
        highlight=False,
    )
    if run.unreadable_bundles:
        console.print(
            f"Some of the FHIR bundles could not be read: see {folder.log('fhir')}.",
            highlight=False,
            soft_wrap=True,
        )
    shortfalls = outcome.shortfalls(encounters, settled=run.settled)
    for sentence in shortfalls:
        Console(stderr=True).print(sentence, markup=False, highlight=False, soft_wrap=True)
    if report.findings or shortfalls:
        raise typer.Exit(1)


async def _conclude(
    console: Console, run: Demo, addresses: StackAddresses, *, quiet: bool
) -> tuple[Outcome, Report]:
    verified = await verify(
        addresses.kafka_bootstrap,
        addresses.database_urls,
        payer=run.stack.folder.path / "payer",
    )
    history = await read_history(addresses.kafka_bootstrap)
    billing, gateway, statements = [
        await asyncpg.connect(addresses.database_urls[name], command_timeout=120)
        for name in ("billing", "payer_gateway", "patient_statements")
    ]
    try:
        outcome = await gather(verified, history, billing)
        outcome.samples = await save_samples(run.stack.folder.path / "samples", gateway, statements)
    finally:
        await _closed(billing.close(), gateway.close(), statements.close())
    show_outcome(console, outcome)
    if not quiet:
        for title, key in outcome.traced:
            console.print(trace_table(trace(history.facts, key), f"{key}: {title}"))
    show_report(console, verified.report)
    _say_where_next(console, outcome, run.stack.folder)
    return outcome, verified.report


async def _closed(*closings: Coroutine[Any, Any, None]) -> None:
    await asyncio.gather(*closings)


def _say_where_next(console: Console, outcome: Outcome, folder: StateFolder) -> None:
    for kind, path in outcome.samples.items():
        console.print(f"{kind}: {path}", highlight=False, soft_wrap=True)
    example = outcome.traced[0][1] if outcome.traced else "ENCOUNTER"
    command = ".venv/bin/claimstream"
    if folder != usual_folder():
        command += f" --state-dir {shlex.quote(str(folder.path))}"
    console.print(
        "The stack stays up. Go on with:\n"
        f"  {command} status\n"
        f"  {command} trace {example}\n"
        f"  {command} topics tail billing.patient-balance-due.v1 -n 2\n"
        f"  {command} coding queue list\n"
        f"  {command} down --wipe",
        highlight=False,
        soft_wrap=True,
    )


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)
