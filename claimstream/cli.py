"""The ``claimstream`` command. A sub-command is imported when it is the one asked for."""

import sys
from collections.abc import Callable
from importlib import import_module

import typer

GROUPS = {
    "topics": ("claimstream.commands.topics", "The topics: apply, list, read, publish contracts."),
    "dead-letters": (
        "claimstream.commands.dead_letters",
        "Records set aside: list, show, redrive.",
    ),
    "ehr": ("claimstream.commands.ehr", "Publish encounters: FHIR, events, or a simulation."),
    "coding": ("services.coding.commands", "Coder queue and offline coding."),
    "codesets": ("services.coding.codesets.commands", "The code sets that are loaded."),
    "billing": ("services.billing.commands", "Holds, denials, and the ledger."),
    "payer": ("services.payer_gateway.commands", "Files to and from payers, and quarantine."),
    "statements": ("services.patient_statements.commands", "Statements, payments and holds."),
}
COMMANDS = {
    "up": "claimstream.commands.stack",
    "down": "claimstream.commands.stack",
    "status": "claimstream.commands.stack",
    "logs": "claimstream.commands.stack",
    "run": "claimstream.commands.run",
    "demo": "claimstream.commands.demo",
    "trace": "claimstream.commands.trace",
    "verify": "claimstream.commands.verify",
}


def build(wanted: str | None) -> typer.Typer:
    """The application with the command ``wanted``, or with all of them for an overview."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_show_locals=False,
        help="The medical revenue cycle as an event pipeline.",
    )
    app.callback()(lambda: None)
    for module in dict.fromkeys(
        COMMANDS.values() if wanted is None else [COMMANDS[wanted]] if wanted in COMMANDS else []
    ):
        register: Callable[[typer.Typer], None] = import_module(module).register
        register(app)
    for name, (module, text) in GROUPS.items():
        if wanted is None or wanted == name:
            app.add_typer(import_module(module).app, name=name, help=text)
    return app


def main() -> None:
    """Run the command line."""
    first = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    known = first if first in COMMANDS or first in GROUPS else None
    build(known)()
