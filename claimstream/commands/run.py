"""``claimstream run SERVICE``: be one service, in the foreground, until told to stop."""

import os
import sys
from importlib import import_module
from typing import Annotated

import asyncpg
import typer
from aiokafka.errors import KafkaError

from claimstream.stack.state import SERVICES, database_variable
from services.chassis.clock import ENVIRONMENT_VARIABLE, clock_from_environment
from services.chassis.migrate import MigrationError
from services.chassis.runtime import main as run_main
from services.chassis.settings import SettingsError


def run(
    service: Annotated[str, typer.Argument(help=f"One of: {', '.join(SERVICES)}.")],
) -> None:
    """Run one service; addresses come from CLAIMSTREAM_KAFKA_BOOTSTRAP and its database URL."""
    name = service.replace("-", "_")
    if name not in SERVICES:
        typer.echo(f"There is no service {service}; there are {', '.join(SERVICES)}.", err=True)
        raise typer.Exit(2)
    dsn = os.environ.get(database_variable(name), "")
    if not dsn:
        typer.echo(f"Set {database_variable(name)} to the service's own database.", err=True)
        raise typer.Exit(2)
    port = os.environ.get(f"CLAIMSTREAM_HTTP_PORT_{name.upper()}")
    if port:
        os.environ["CLAIMSTREAM_HTTP_PORT"] = port
    try:
        clock_from_environment()
    except OSError as error:
        typer.echo(f"{name} cannot start: {ENVIRONMENT_VARIABLE}: {error.strerror}.", err=True)
        raise typer.Exit(1) from None
    except ValueError as error:
        typer.echo(f"{name} cannot start: {error}", err=True)
        raise typer.Exit(1) from None
    try:
        run_main(import_module(f"services.{name}.app").service(), dsn)
    except (SettingsError, MigrationError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, KafkaError) as error:
        typer.echo(
            f"{name} cannot start: {type(error).__name__}; check that PostgreSQL and Kafka answer "
            "at the addresses given, and take its name and password.",
            err=True,
        )
        sys.exit(1)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(run)
