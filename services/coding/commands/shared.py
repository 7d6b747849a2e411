"""What the commands of coding share: options, failing with a reason, opening the code sets."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from inspect import getdoc
from typing import Annotated, TypeVar

import asyncpg
import typer

from services.chassis.terminal import database_option, run_on_database
from services.coding.codesets.artefact import ArtefactError
from services.coding.codesets.library import CodeSetLibrary, NoReleaseError, configured
from services.coding.settings import CodingSettings

T = TypeVar("T")

DATABASE_VARIABLE = "CLAIMSTREAM_DATABASE_URL_CODING"
Database = Annotated[str, database_option(DATABASE_VARIABLE)]
Practice = Annotated[
    str | None, typer.Option("--practice", help="needed where two practices use the same id")
]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]
DateOfService = Annotated[
    datetime | None,
    typer.Option(
        "--on", formats=["%Y-%m-%d"], help="date of service; today, or the last day covered"
    ),
]


def laid_out(command: Callable[..., None]) -> str:
    """A command's help: what its docstring indents (examples) keeps its lines."""
    paragraphs = (getdoc(command) or "").split("\n\n")
    return "\n\n".join(
        f"\b\n{each}" if re.search(r"^ +\S", each, re.MULTILINE) else each for each in paragraphs
    )


def fail(message: str, code: int = 1) -> typer.Exit:
    """The exit to raise, its reason told on standard error."""
    typer.echo(message, err=True)
    return typer.Exit(code)


def run(work: Callable[[asyncpg.Pool], Awaitable[T]], database_url: str) -> T:
    """Do ``work`` on the service's database."""
    return run_on_database(
        work,
        database_url,
        variable=DATABASE_VARIABLE,
        told=(ArtefactError, NoReleaseError, asyncpg.InterfaceError),
    )


def code_sets() -> CodeSetLibrary:
    """The code sets that the settings name."""
    try:
        return configured(CodingSettings())
    except ArtefactError as error:
        raise fail(str(error)) from None


def day_of(on: datetime | None, sets: CodeSetLibrary) -> date:
    """The date of service given; else today, or the last day that ICD-10-CM at hand covers.

    What is printed names the releases used, so that a day that was not given misleads nobody.
    """
    if on is not None:
        return on.date()
    today = datetime.now(UTC).date()
    releases = [each for each in sets.manifests if each.code_set == "icd10cm"]
    if not releases or any(each.covers(today) for each in releases):
        return today
    return date.fromisoformat(max(each.effective_to for each in releases))
