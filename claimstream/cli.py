"""The ``claimstream`` command. A sub-command is imported when it is the one asked for."""

import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from claimstream.stack.state import (
    CONNECTIONS_VARIABLE,
    STATE_VARIABLE,
    database_variable,
    discover,
    state_folder,
)

GROUPS = {
    "topics": ("claimstream.commands.topics", "The topics: apply, list, read, publish contracts."),
    "dead-letters": (
        "claimstream.commands.dead_letters",
        "Records set aside: list, repair, redrive, dismiss.",
    ),
    "ehr": ("claimstream.commands.ehr", "Publish encounters: FHIR, events, or a simulation."),
    "coding": ("services.coding.commands", "Coder queue and offline coding."),
    "codesets": ("services.coding.codesets.commands", "The code sets that are loaded."),
    "billing": ("services.billing.commands", "Holds, denials, and the ledger."),
    "payer": (
        "services.payer_gateway.commands.payer",
        "Files to and from payers, quarantine.",
    ),
    "payers": ("services.payer_gateway.commands.payers", "Trading partners: list, check, try."),
    "payer-sim": ("claimstream.commands.payer_sim", "The simulated payer: what it can, its books."),
    "statements": ("services.patient_statements.commands", "Statements, payments and holds."),
    "x12": (
        "services.payer_gateway.x12_commands",
        "X12 files, offline: read, check, explain, cut.",
    ),
}
COMMANDS = {
    "up": (
        "claimstream.commands.stack",
        "Start Kafka, PostgreSQL and the services, with the data of the last run.",
    ),
    "down": (
        "claimstream.commands.stack",
        "Stop everything in order; the data stay unless --wipe says otherwise.",
    ),
    "status": (
        "claimstream.commands.stack",
        "Show each service: alive, ready, lag in events and time, outbox, dead letters, parked.",
    ),
    "logs": ("claimstream.commands.stack", "Print the end of a process's log."),
    "run": (
        "claimstream.commands.run",
        "Run one service; addresses come from CLAIMSTREAM_KAFKA_BOOTSTRAP and its database URL.",
    ),
    "demo": (
        "claimstream.commands.demo",
        "Start everything, send encounters through to statements, and prove the money to the cent.",
    ),
    "trace": (
        "claimstream.commands.trace",
        "Print what happened to an encounter, a claim or a patient, step by step.",
    ),
    "verify": (
        "claimstream.commands.verify",
        "Check topics and databases against each other, and the money to the cent.",
    ),
    "chaos": (
        "claimstream.commands.chaos",
        "Kill, stall and starve every part of a stack under load, then prove every cent.",
    ),
}
"""Each command's module, and its text in the overview, which imports no module to show it."""

STARTING = frozenset({"payer-sim"})
"""Groups that start a stack of their own: a running one's addresses must not be given to it."""

STATE_OPTION = "--state-dir"


def _everywhere(
    state_dir: Annotated[
        Path | None,
        typer.Option(
            STATE_OPTION,
            help="The stack's state folder, with any command, before or after its name; else "
            "CLAIMSTREAM_STATE_DIR, else .state of the checkout.",
            show_default=False,
        ),
    ] = None,
) -> None:
    if state_dir is not None:
        os.environ[STATE_VARIABLE] = str(state_dir.expanduser().absolute())


INTERRUPTED = 130


def _empty() -> typer.Typer:
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_show_locals=False,
        help="The medical revenue cycle as an event pipeline.",
    )
    app.callback()(_everywhere)
    return app


def overview() -> typer.Typer:
    """The application as its help shows it: every name and text, and nothing behind them."""

    def nothing() -> None:
        """Only named: whoever asks for a command by its name gets that one."""

    app = _empty()
    for name, (_, text) in (COMMANDS | GROUPS).items():
        app.command(name, help=text)(nothing)
    return app


def build(wanted: str | None) -> typer.Typer:
    """The application with the command ``wanted``, or with all of them and all that they import."""
    app = _empty()
    asked = [each for name, (each, _) in COMMANDS.items() if wanted in {None, name}]
    for module in dict.fromkeys(asked):
        register: Callable[[typer.Typer], None] = import_module(module).register
        register(app)
    for name, (module, text) in GROUPS.items():
        if wanted is None or wanted == name:
            app.add_typer(import_module(module).app, name=name, help=text)
    return app


def know_the_stack() -> None:
    """Let every command find the running stack's databases and clock, unless others are given."""
    from claimstream.stack.clock import clock_setting
    from services.chassis.clock import ENVIRONMENT_VARIABLE

    found = discover()
    for service, url in found.database_urls.items() if found is not None else ():
        os.environ.setdefault(database_variable(service), url)
    connections = state_folder(None).path / "payer" / "connection.json"
    if found is not None and connections.exists():
        os.environ.setdefault(CONNECTIONS_VARIABLE, str(connections))
    setting = clock_setting(state_folder(None))
    if found is not None and setting is not None:
        os.environ.setdefault(ENVIRONMENT_VARIABLE, setting)


def take_state_dir(words: list[str]) -> list[str]:
    """The words without ``--state-dir DIR``, which any command takes anywhere; it is followed."""
    kept: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word == "--":
            return [*kept, *words[at - 1 :]]
        if word == STATE_OPTION and at < len(words):
            given = words[at]
            at += 1
        elif word.startswith(f"{STATE_OPTION}="):
            given = word.partition("=")[2]
        else:
            kept.append(word)
            continue
        os.environ[STATE_VARIABLE] = str(Path(given).expanduser().absolute())
    return kept


def main() -> None:
    """Run the command line; ctrl-C while it is still being loaded ends it without a word."""
    try:
        _main()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _main() -> None:
    sys.argv[1:] = take_state_dir(sys.argv[1:])
    first = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    known = first if first in COMMANDS or first in GROUPS else None
    if known in GROUPS and known not in STARTING:
        know_the_stack()
    (overview() if known is None else build(known))()
