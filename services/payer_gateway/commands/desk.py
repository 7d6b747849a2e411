"""What every ``claimstream payer`` command needs: its database, who acts, and a way to act."""

import getpass
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, TypeVar

import asyncpg
import typer

from services.chassis import audit
from services.chassis.clock import clock_from_environment
from services.chassis.effects import Effects
from services.chassis.incoming import Command
from services.chassis.processor import Processor
from services.chassis.terminal import ToldError, database_option, run_on_database
from services.payer_gateway.app import service
from services.payer_gateway.partners import PartnersError

T = TypeVar("T")

DATABASE_VARIABLE = "CLAIMSTREAM_DATABASE_URL_PAYER_GATEWAY"

Database = Annotated[str, database_option(DATABASE_VARIABLE)]
Most = Annotated[int, typer.Option("--most", min=1, max=10_000)]
Role = Annotated[str, typer.Option("--role", help="the role under which it is decided")]
Reason = Annotated[str, typer.Option("--reason", help="kept with the decision")]
Actor = Annotated[str, typer.Option("--actor", help="who decides; your login name by default")]
PracticeId = Annotated[
    str | None, typer.Option("--practice", help="whose, where several practices have one")
]
ON_DEMAND = "on demand"
"""Why a payer is asked, where nobody says more."""

AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]


def run(work: Callable[[asyncpg.Pool], Awaitable[T]], database_url: str) -> T:
    """Do ``work`` on the service's database; what fails is said in a sentence."""
    return run_on_database(work, database_url, variable=DATABASE_VARIABLE, told=(PartnersError,))


def who(actor: str) -> str:
    """Who acts: the name given, or the login name."""
    return actor or getpass.getuser()


async def act(pool: asyncpg.Pool, command: Command) -> Effects:
    """Carry a decision out by the service's own rules, in one transaction with its audit row."""
    return await Processor(service(), pool, clock_from_environment()).act(command)


async def note(
    connection: asyncpg.Connection,
    at: datetime,
    by: tuple[str, str, str],
    action: str,
    subject: str,
) -> None:
    """Write an audit row in the caller's transaction; ``by``: who, under which role, and why."""
    await audit.append(connection, audit.AuditEntry(at, *by[:2], action, subject, by[2]))


def only(found: Sequence[tuple[T, str]], what: str) -> tuple[T, str]:
    """The one thing that was found, with its practice; else says that none is, or whose."""
    if not found:
        raise ToldError(f"no {what} is known")
    if len(found) > 1:
        several = ", ".join(dict.fromkeys(practice for _, practice in found))
        raise ToldError(f"several are called so, {what}: name the practice ({several})")
    return found[0]
