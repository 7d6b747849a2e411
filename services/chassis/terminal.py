"""What every service's commands need: work on its database, and failures in one sentence."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg
import typer
from pydantic import ValidationError
from typer.models import OptionInfo

from services.chassis.effects import Refused, Waiting
from services.chassis.settings import SettingsError

T = TypeVar("T")
_STATEMENT_SECONDS = 120
"""A person waits so long for a statement at most; some read years of a practice."""


class ToldError(Exception):
    """A sentence for the person at the terminal; the command ends with exit code 1."""


def database_option(variable: str) -> OptionInfo:
    """``--database-url``, or ``variable``, which a running stack gives to every command."""

    def missing() -> str:
        typer.echo(
            "no stack is running here: start one with `claimstream up`, name its folder with "
            f"--state-dir, or a database with --database-url or {variable}",
            err=True,
        )
        raise typer.Exit(1)

    option: OptionInfo = typer.Option(
        "--database-url",
        envvar=variable,
        default_factory=missing,
        show_default=False,
        help="the service's database; the running stack's without it",
    )
    return option


def run_on_database(
    work: Callable[[asyncpg.Pool], Awaitable[T]],
    database_url: str,
    *,
    variable: str,
    told: tuple[type[Exception], ...] = (),
) -> T:
    """Do ``work`` with a pool on a service's database and return what it returns.

    ``variable`` is the environment variable that names the database. A refusal, a wait, a wrong
    setting, an unreachable database, and the exceptions in ``told`` end the command with one
    sentence and exit code 1.
    """

    async def run() -> T:
        pool = await asyncpg.create_pool(
            database_url, min_size=1, max_size=2, command_timeout=_STATEMENT_SECONDS
        )
        try:
            return await work(pool)
        finally:
            await pool.close()

    try:
        try:
            return asyncio.run(run())
        except told as error:
            raise ToldError(str(error)) from None
    except Refused as refused:
        message = f"refused ({refused.reason}): {refused.message}"
    except Waiting as waiting:
        message = f"not yet: {waiting.reference} is not known"
    except ValidationError as error:
        message = "; ".join(
            f"{'.'.join(map(str, item['loc']))}: {item['msg']}"
            for item in error.errors(include_url=False, include_input=False)
        )
    except (ToldError, SettingsError) as error:
        message = str(error)
    except (OSError, asyncpg.PostgresError) as error:
        message = f"the database does not answer ({type(error).__name__}); see {variable}"
    typer.echo(message, err=True)
    raise typer.Exit(1)
