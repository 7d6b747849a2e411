"""``claimstream verify``: prove that nothing is lost, doubled, reordered or unexplained.

Exit codes: 0 everything holds; 1 something does not; 3 the stack cannot be asked.
"""

import asyncio
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from claimstream.commands.faults import plain_faults
from claimstream.stack.display import a_console
from claimstream.stack.errors import StackError
from claimstream.stack.state import (
    CONNECTIONS_VARIABLE,
    SERVICES,
    database_variable,
    require,
    state_folder,
)
from claimstream.verify.finding import Finding, Report
from claimstream.verify.run import verify

BROKEN = 1


def verify_command(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    most: Annotated[int, typer.Option(min=1, help="How many findings to print.")] = 20,
) -> None:
    """Check topics and databases against each other, and the money to the cent."""
    with plain_faults():
        addresses = require()
        missing = [name for name in SERVICES if name not in addresses.database_urls]
        if missing:
            raise StackError(f"Set {', '.join(database_variable(name) for name in missing)}.")
        verified = asyncio.run(
            verify(addresses.kafka_bootstrap, addresses.database_urls, payer=payer_folder())
        )
    report = verified.report
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "checked": report.checked,
                    "in_flight": report.in_flight,
                    "findings": _objects(report.findings),
                    "explained": _objects(report.explained),
                }
            )
        )
    else:
        show_report(a_console(), report, most)
    if report.findings:
        raise typer.Exit(BROKEN)


def payer_folder() -> Path | None:
    """The simulated payer's folder; none where real payers are reached."""
    if CONNECTIONS_VARIABLE in os.environ:
        return None
    given = os.environ.get("CLAIMSTREAM_PAYER_STATE_DIR")
    return Path(given) if given else state_folder().path / "payer"


def _objects(findings: Sequence[Finding]) -> list[dict[str, str]]:
    return [
        {"check": each.check, "subject": each.subject, "message": each.message} for each in findings
    ]


def show_report(console: Console, report: Report, most: int = 20) -> None:
    """Print what was checked and what was found."""
    table = Table("check", "looked at", "findings")
    for check, count in report.checked.items():
        found = sum(1 for each in report.findings if each.check == check)
        table.add_row(check, f"{count:,}", str(found) if found else "none")
    console.print(table)
    moving = {what: count for what, count in report.in_flight.items() if count}
    for what, count in moving.items():
        console.print(f"in flight, {what}: {count}")
    for each in report.explained[:most]:
        console.print(f"known: {each.subject}: {each.message}", soft_wrap=True, highlight=False)
    for each in report.findings[:most]:
        console.print(f"[red]{each.check}[/red]: {each.subject}: {each.message}", soft_wrap=True)
    if len(report.findings) > most:
        console.print(f"and {len(report.findings) - most} more (--most {len(report.findings)})")
    if not report.findings:
        console.print("[green]Everything holds.[/green]")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(verify_command)
