"""What every ``claimstream payer`` command needs: its database, and a way to run on it."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import asyncpg
import typer

from services.chassis.terminal import run_on_database
from services.payer_gateway.partners import PartnersError

T = TypeVar("T")

DATABASE_VARIABLE = "CLAIMSTREAM_DATABASE_URL_PAYER_GATEWAY"

Database = Annotated[
    str, typer.Option("--database-url", envvar=DATABASE_VARIABLE, help="the service's database")
]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]


def run(work: Callable[[asyncpg.Pool], Awaitable[T]], database_url: str) -> T:
    """Do ``work`` on the service's database; what fails is said in a sentence."""
    return run_on_database(work, database_url, variable=DATABASE_VARIABLE, told=(PartnersError,))
