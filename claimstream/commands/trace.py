"""``claimstream trace``: one lineage across all services, from the topics alone."""

import asyncio
import json
from typing import Annotated

import typer
from rich.table import Table

from claimstream.commands.faults import plain_faults
from claimstream.lineage.history import read_history
from claimstream.lineage.trace import Step, trace
from claimstream.stack.display import a_console
from claimstream.topics.address import kafka_bootstrap

NOTHING_KNOWN = 1


def trace_command(
    name: Annotated[
        str,
        typer.Argument(help="An encounter, claim, patient or account id; practice:id if needed."),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    bootstrap: Annotated[str | None, typer.Option(help="Kafka's address, if not the stack's.")] = (
        None
    ),
) -> None:
    """Print what happened to an encounter, a claim or a patient, step by step."""
    with plain_faults():
        history = asyncio.run(read_history(kafka_bootstrap(bootstrap)))
    steps = trace(history.facts, name)
    if not steps:
        typer.echo(f"The topics say nothing of {name}.", err=True)
        raise typer.Exit(NOTHING_KNOWN)
    if as_json:
        for step in steps:
            typer.echo(
                json.dumps(
                    {
                        "at": step.at.isoformat(),
                        "service": step.service,
                        "state": step.state,
                        "text": step.text,
                        "money": step.money,
                        "key": step.key,
                    }
                )
            )
        return
    a_console().print(trace_table(steps, name))


def trace_table(steps: list[Step], name: str) -> Table:
    """The steps as a table."""
    table = Table("time", "service", "state", "what", "money", title=name, title_justify="left")
    for step in steps:
        table.add_row(f"{step.at:%Y-%m-%d %H:%M}", step.service, step.state, step.text, step.money)
    return table


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("trace")(trace_command)
