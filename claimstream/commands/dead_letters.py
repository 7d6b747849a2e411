"""``claimstream dead-letters``: what was set aside, why, and what waits behind it.

Records of topics come from every service; of payers' files, from the gateway's quarantine.
"""

import asyncio
import getpass
import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Annotated, Any, TypeVar
from uuid import UUID

import asyncpg
import typer
from rich.table import Table

from claimstream.commands import quarantined_files
from claimstream.commands.faults import plain_faults
from claimstream.stack.clock import stack_clock
from claimstream.stack.display import a_console
from claimstream.stack.errors import StackError
from claimstream.stack.state import SERVICES, database_variable, require
from services.chassis.dead_letters import DeadLetter, find_letter, list_letters
from services.chassis.processor import Processor

app = typer.Typer(no_args_is_help=True)
T = TypeVar("T")

_WAITING = """
select b.lane, b.waiting_for, b.blocked_at, count(p.seq) as parked
from delivery.blocked_lane b left join delivery.parked p using (lane)
where b.waiting_for is not null group by b.lane order by b.blocked_at limit $1
"""


def _run(work: Coroutine[Any, Any, T]) -> T:
    with plain_faults():
        return asyncio.run(work)


@asynccontextmanager
async def _database(service: str) -> AsyncIterator[asyncpg.Pool]:
    url = require().database_urls.get(service)
    if url is None:
        raise StackError(f"Set {database_variable(service)} to the database of {service}.")
    pool = await asyncpg.create_pool(url, min_size=1, max_size=2, command_timeout=30)
    try:
        yield pool
    finally:
        await pool.close()


async def _find(letter_id: UUID) -> tuple[str, DeadLetter] | None:
    for service in SERVICES:
        async with _database(service) as pool, pool.acquire() as connection:
            letter = await find_letter(connection, letter_id)
            if letter is not None:
                return service, letter
    return None


@dataclass(slots=True)
class _SetAside:
    """Everything that an operator should look at, each with its service."""

    letters: list[tuple[str, DeadLetter]] = field(default_factory=list)
    waiting: list[tuple[str, asyncpg.Record]] = field(default_factory=list)
    files: list[quarantined_files.Opened] = field(default_factory=list)


async def _list(services: list[str], reason: str | None, everything: bool) -> _SetAside:
    found = _SetAside()
    for service in services:
        async with _database(service) as pool, pool.acquire() as connection:
            letters = await list_letters(connection, reason=reason, everything=everything)
            found.letters += [(service, letter) for letter in letters]
            found.waiting += [(service, row) for row in await connection.fetch(_WAITING, 200)]
            if service == quarantined_files.SERVICE:
                found.files = await quarantined_files.list_quarantined(
                    connection, reason=reason, everything=everything
                )
    return found


async def _find_file(item_id: UUID) -> list[str]:
    async with _database(quarantined_files.SERVICE) as pool, pool.acquire() as connection:
        found = await quarantined_files.find_quarantined(connection, item_id)
    return [] if found is None else list(quarantined_files.description(*found))


@app.command("list")
def list_command(
    service: Annotated[str | None, typer.Option(help="Only this service's.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only of this reason.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Those already dealt with too.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List what was set aside, and what waits for a reference."""
    services = [service.replace("-", "_")] if service else list(SERVICES)
    if not set(services) <= set(SERVICES):
        typer.echo(f"There is no service {service}; there are {', '.join(SERVICES)}.", err=True)
        raise typer.Exit(2)
    found = _run(_list(services, reason, everything))
    if as_json:
        for name, letter in found.letters:
            typer.echo(json.dumps(_as_dict(name, letter)))
        for at, item in found.files:
            typer.echo(json.dumps(quarantined_files.as_dict(at, item)))
        return
    console = a_console()
    table = Table("failed at", "service", "topic", "position", "reason", "status")
    table.add_column("id", no_wrap=True)
    for name, letter in found.letters:
        table.add_row(
            f"{letter.failed_at:%Y-%m-%d %H:%M}",
            name,
            letter.topic,
            f"{letter.partition}:{letter.offset}",
            letter.reason,
            letter.status,
            str(letter.id),
        )
    console.print(table if found.letters else "No dead letters.")
    if found.files:
        console.print(quarantined_files.quarantine_table(found.files))
    if found.waiting:
        parked = Table("since", "service", "key", "waits for", "events", title="Waiting")
        for name, row in found.waiting:
            parked.add_row(
                f"{row['blocked_at']:%Y-%m-%d %H:%M}",
                name,
                row["lane"].partition("|")[2],
                row["waiting_for"],
                str(row["parked"]),
            )
        console.print(parked)


def _as_dict(service: str, letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": str(letter.id),
        "service": service,
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "reason": letter.reason,
        "message": letter.message,
        "status": letter.status,
        "failed_at": letter.failed_at.isoformat(),
        "value_bytes": letter.value_bytes,
    }


@app.command()
def show(
    letter_id: Annotated[UUID, typer.Argument(help="The dead letter's id.")],
    value: Annotated[
        bool, typer.Option("--value", help="Print the record's value too; it may hold PHI.")
    ] = False,
) -> None:
    """Show one dead letter: where it came from, why it was refused, and what to do."""
    found = _run(_find(letter_id))
    if found is None:
        of_a_file = _run(_find_file(letter_id))
        if of_a_file:
            typer.echo("\n".join(of_a_file))
            return
        typer.echo(f"There is no dead letter {letter_id}.", err=True)
        raise typer.Exit(1)
    service, letter = found
    for name, text in _as_dict(service, letter).items():
        typer.echo(f"{name:12} {text}")
    for header, raw in letter.headers:
        typer.echo(f"header       {header} = {raw.decode(errors='replace') if raw else raw}")
    if value and letter.value is not None:
        typer.echo(letter.value.decode(errors="replace"))
    if letter.status == "open":
        typer.echo(
            f"\nOnce its cause is mended: claimstream dead-letters redrive {letter.id}\n"
            f"To give it up:            claimstream dead-letters dismiss {letter.id} --reason ..."
        )


async def _processing(letter_id: UUID, work: str, role: str, reason: str) -> str:
    found = await _find(letter_id)
    if found is None:
        return f"There is no dead letter {letter_id}."
    service, _ = found
    async with _database(service) as pool:
        processor = Processor(
            import_module(f"services.{service}.app").service(), pool, stack_clock()
        )
        try:
            if work == "dismiss":
                await processor.dismiss(letter_id, getpass.getuser(), role, reason)
                return ""
            refusal = await processor.redrive(letter_id, getpass.getuser(), role)
        except LookupError as error:
            return str(error)
        return f"Refused again: {refusal.reason}: {refusal.message}" if refusal else ""


@app.command()
def redrive(
    letter_id: Annotated[UUID, typer.Argument(help="The dead letter's id.")],
    role: Annotated[str, typer.Option(help="The role you act under.")] = "operator",
) -> None:
    """Try a dead letter again; what waited behind it then goes on, in order."""
    problem = _run(_processing(letter_id, "redrive", role, ""))
    if problem:
        typer.echo(problem, err=True)
        raise typer.Exit(1)
    typer.echo("Accepted; what waited behind it goes on.")


@app.command()
def dismiss(
    letter_id: Annotated[UUID, typer.Argument(help="The dead letter's id.")],
    reason: Annotated[str, typer.Option(help="Why it is given up.")],
    role: Annotated[str, typer.Option(help="The role you act under.")] = "operator",
) -> None:
    """Give a dead letter up; it stays on record, and what waited behind it goes on."""
    problem = _run(_processing(letter_id, "dismiss", role, reason))
    if problem:
        typer.echo(problem, err=True)
        raise typer.Exit(1)
    typer.echo("Dismissed; what waited behind it goes on.")
