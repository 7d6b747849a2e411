"""``claimstream dead-letters``: what was set aside, why, and what waits behind it.

Records of topics come from every service; of payers' files, from the gateway's quarantine.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, NoReturn, TypeVar
from uuid import UUID

import asyncpg
import typer
from aiokafka.structs import ConsumerRecord
from rich.table import Table

from claimstream.commands import dead_letter_work, quarantined_files
from claimstream.commands.dead_letter_options import (
    NewerThan,
    OfKey,
    OfReason,
    OfService,
    OfTopic,
    OlderThan,
)
from claimstream.dead_letters.masking import difference_lines, header_lines
from claimstream.dead_letters.places import database, desk, find, person
from claimstream.stack.clock import stack_clock
from claimstream.stack.display import a_console, age
from claimstream.topics.showing import shown
from services.chassis import breaker, repaired, set_aside
from services.chassis.dead_letters import DeadLetter
from services.chassis.letter_again import contents_of
from services.chassis.presence import present
from services.chassis.repaired import Repair
from services.chassis.set_aside import Filter, ParkedEvent

app = typer.Typer(no_args_is_help=True)
dead_letter_work.register(app)
T = TypeVar("T")


def _run(work: Coroutine[Any, Any, T]) -> T:
    return dead_letter_work.told(lambda: asyncio.run(work))


AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Reveal = Annotated[
    bool,
    typer.Option(
        "--reveal", "--value", help="Show what the record holds, PHI too; it is put on record."
    ),
]
Role = dead_letter_work.Role
LetterId = dead_letter_work.LetterId


@dataclass(slots=True)
class _SetAside:
    """Everything that an operator should look at, each with its service."""

    letters: list[tuple[str, DeadLetter]] = field(default_factory=list)
    waiting: list[tuple[str, set_aside.WaitingLane]] = field(default_factory=list)
    files: list[quarantined_files.Opened] = field(default_factory=list)


async def _of_each(
    services: Iterable[str], ask: Callable[[asyncpg.Connection], Awaitable[T]]
) -> list[tuple[str, T]]:
    answers: list[tuple[str, T]] = []
    for service in services:
        async with database(service) as pool, pool.acquire() as connection:
            answers.append((service, await ask(connection)))
    return answers


async def _list(services: list[str], wanted: Filter, most: int) -> _SetAside:
    found = _SetAside()
    for service in services:
        async with database(service) as pool, pool.acquire() as connection:
            letters = await set_aside.list_letters(connection, wanted, most)
            found.letters += [(service, letter) for letter in letters]
            waiting = await set_aside.waiting_lanes(connection, wanted)
            found.waiting += [(service, lane) for lane in waiting]
            if service == quarantined_files.SERVICE and not (wanted.topic or wanted.key):
                found.files = await quarantined_files.list_quarantined(
                    connection, reason=wanted.reason, everything=wanted.status == "all"
                )
    return found


@app.command("list")
def list_command(  # noqa: PLR0917
    service: OfService = None,
    topic: OfTopic = None,
    reason: OfReason = None,
    key: OfKey = None,
    older_than: OlderThan = None,
    newer_than: NewerThan = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Those already dealt with too.")
    ] = False,
    most: Annotated[int, typer.Option(min=1, help="At most so many of each service.")] = 1000,
    as_json: AsJson = False,
) -> None:
    """List what was set aside, and what waits for a reference."""
    services = dead_letter_work.services_named(service)
    wanted = dead_letter_work.letters_wanted(
        topic, reason, key, older_than, newer_than, status="all" if everything else "open"
    )
    found = _run(_list(services, wanted, most))
    if as_json:
        for name, letter in found.letters:
            typer.echo(json.dumps(_as_dict(name, letter)))
        for at, item in found.files:
            typer.echo(json.dumps(quarantined_files.as_dict(at, item)))
        return
    console = a_console()
    table = Table("failed at", "service", "topic", "position", "reason", "behind", "status")
    table.add_column("id", no_wrap=True)
    for name, letter in found.letters:
        table.add_row(
            f"{letter.failed_at:%Y-%m-%d %H:%M}",
            name,
            letter.topic,
            f"{letter.partition}:{letter.offset}",
            letter.reason,
            str(letter.behind or ""),
            f"{letter.status}, repaired" if letter.repairs else letter.status,
            str(letter.id),
        )
    console.print(table if found.letters else "No dead letters.")
    if found.files:
        console.print(quarantined_files.quarantine_table(found.files))
    if found.waiting:
        parked = Table("since", "service", "key", "waits for", "events", title="Waiting")
        for name, lane in found.waiting:
            parked.add_row(
                f"{lane.blocked_at:%Y-%m-%d %H:%M}",
                name,
                lane.lane.partition("|")[2],
                lane.waiting_for or "its turn",
                str(lane.parked),
            )
        console.print(parked)


def _as_dict(service: str, letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": str(letter.id),
        "service": service,
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "key": letter.lane.partition("|")[2] if letter.lane else None,
        "reason": letter.reason,
        "message": letter.message,
        "status": letter.status,
        "failed_at": letter.failed_at.isoformat(),
        "value_bytes": letter.value_bytes,
        "waiting_for": letter.waiting_for,
        "behind": letter.behind,
        "repairs": letter.repairs,
        "attempts": letter.attempts,
        "tried_at": letter.tried_at.isoformat() if letter.tried_at else None,
    }


@app.command()
def parked(  # noqa: PLR0917
    service: OfService = None,
    topic: OfTopic = None,
    key: OfKey = None,
    older_than: OlderThan = None,
    newer_than: NewerThan = None,
    most: Annotated[int, typer.Option(min=1, help="At most so many of each service.")] = 1000,
    as_json: AsJson = False,
) -> None:
    """List every event that waits: in which place of its key, for what, and since when."""
    services = dead_letter_work.services_named(service)
    now = dead_letter_work.told(stack_clock).now()
    events_wanted = partial(
        set_aside.parked_events,
        topic=topic,
        key=key,
        parked_before=dead_letter_work.ago(now, older_than),
        parked_after=dead_letter_work.ago(now, newer_than),
        most=most,
    )
    found = _run(_of_each(services, events_wanted))
    events = [(name, event) for name, many in found for event in many]
    if as_json:
        for name, event in events:
            typer.echo(json.dumps({"service": name} | _jsonable(asdict(event))))
        return
    table = Table("since", "service", "key", "place", "topic", "waits for")
    for name, event in events:
        table.add_row(
            f"{event.parked_at:%Y-%m-%d %H:%M}",
            name,
            event.lane.partition("|")[2],
            str(event.place),
            event.topic,
            _waits_for(event),
        )
    a_console().print(table if events else "Nothing waits.")


def _waits_for(event: ParkedEvent) -> str:
    if event.letter_id is not None:
        return f"dead letter {event.letter_id} ({event.reason})"
    return event.waiting_for or "its turn"


def _jsonable(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat()
        if isinstance(value, datetime)
        else str(value)
        if isinstance(value, UUID)
        else value
        for name, value in row.items()
    }


@dataclass(frozen=True, slots=True)
class _Whole:
    """A letter with everything about it."""

    service: str
    letter: DeadLetter
    repairs: list[Repair]
    behind: list[ParkedEvent]
    acts: list[asyncpg.Record]


async def _whole(letter_id: UUID, services: list[str], reveal: str, role: str) -> list[_Whole]:
    """The letter in each service that has it."""
    whole: list[_Whole] = []
    for service, letter in await find(letter_id, services):
        async with database(service) as pool:
            if reveal:
                await desk(service, pool).reveal(letter_id, person(role), reveal)
            async with pool.acquire() as connection:
                whole.append(
                    _Whole(
                        service,
                        letter,
                        await repaired.history(connection, letter_id),
                        await set_aside.parked_events(connection, letter_id=letter_id, most=20),
                        await connection.fetch(
                            "select at, actor, role, action, reason from delivery.audit "
                            "where subject = $1 order by seq",
                            str(letter_id),
                        ),
                    )
                )
    return whole


async def _find_parked(event_id: UUID, services: list[str]) -> list[str]:
    """A line for each service in which an event waits."""
    found = await _of_each(
        services, lambda connection: set_aside.parked_events(connection, event_id=event_id)
    )
    return [
        f"Parked in {service} since {event.parked_at:%Y-%m-%d %H:%M}, in place {event.place} of "
        f"{event.lane.partition('|')[2]}: it waits for {_waits_for(event)}."
        for service, events in found
        for event in events
    ]


async def _find_file(item_id: UUID) -> list[str]:
    async with database(quarantined_files.SERVICE) as pool, pool.acquire() as connection:
        found = await quarantined_files.find_quarantined(connection, item_id)
    return [] if found is None else list(quarantined_files.description(*found))


@app.command()
def show(
    letter_id: LetterId,
    service: OfService = None,
    reveal: Reveal = False,
    role: Role = "operator",
) -> None:
    """Show one dead letter, whence, why and what to do; or what a parked event waits for.

    Services that read one topic set a record aside under one id: each tells of its own letter.
    """
    services = dead_letter_work.services_named(service)
    found = _run(_whole(letter_id, services, "the record" if reveal else "", role))
    other = _run(_find_parked(letter_id, services))
    if not found and not other:
        other = _run(_find_file(letter_id))
        if not other:
            _not_there(letter_id)
    for each in found:
        _show(each, reveal=reveal, several=len(found) > 1)
        if each is not found[-1] or other:
            typer.echo()
    for line in other:
        typer.echo(line)


def _show(found: _Whole, *, reveal: bool, several: bool) -> None:
    letter = found.letter
    for name, text in _as_dict(found.service, letter).items():
        typer.echo(f"{name:12} {text}")
    for line in header_lines(letter.headers, reveal=reveal):
        typer.echo(f"header       {line}")
    for repair in found.repairs:
        typer.echo(
            f"repair {repair.number:<5} {repair.at:%Y-%m-%d %H:%M} by {repair.actor}: "
            f"{', '.join(repair.paths)}: {repair.reason}"
        )
    for act in found.acts:
        typer.echo(
            f"audit        {act['at']:%Y-%m-%d %H:%M} {act['action']} by {act['actor']} as "
            f"{act['role']}: {act['reason']}"
        )
    for event in found.behind:
        typer.echo(
            f"behind {event.place:<5} {event.topic} {event.partition}:{event.offset}, "
            f"waits since {event.parked_at:%Y-%m-%d %H:%M}"
        )
    if reveal and letter.value is not None:
        typer.echo(letter.value.decode(errors="replace"))
    elif not reveal and letter.value is not None:
        typer.echo(f"\n{_masked(letter)}")
    if letter.status == "open":
        which = f"{letter.id} --service {found.service}" if several else str(letter.id)
        typer.echo(
            f"\nOnce its cause is mended: claimstream dead-letters redrive {which}\n"
            f"To mend a copy of it:     claimstream dead-letters repair {which} --reason ..."
            " --set PATH=VALUE\n"
            f"To give it up:            claimstream dead-letters dismiss {which} --reason ..."
        )


def _masked(letter: DeadLetter) -> str:
    """The event with its PHI masked; a record that cannot be read shows its size alone."""
    return shown(
        ConsumerRecord(
            letter.topic,
            letter.partition or 0,
            letter.offset or 0,
            int(letter.failed_at.astimezone(UTC).timestamp()) * 1000,
            0,
            letter.key,
            letter.value,
            None,
            -1,
            -1,
            letter.headers,
        )
    ).as_text()


@app.command()
def diff(
    letter_id: LetterId,
    service: OfService = None,
    reveal: Reveal = False,
    role: Role = "operator",
) -> None:
    """Show how the repaired copy of a dead letter differs from what came; exit 1 for no repair."""
    services = dead_letter_work.services_named(service)
    found = _run(_whole(letter_id, services, "the repaired copy" if reveal else "", role))
    if not found:
        _not_there(letter_id)
    copied = [each for each in found if each.repairs]
    if not copied:
        typer.echo(f"Dead letter {letter_id} has no repaired copy.", err=True)
        raise typer.Exit(1)
    for each in copied:
        if len(found) > 1:
            typer.echo(f"{each.service}:")
        _show_difference(each, reveal=reveal)


def _show_difference(found: _Whole, *, reveal: bool) -> None:
    letter, last = found.letter, found.repairs[-1]
    for line in difference_lines(letter.topic, contents_of(letter), last.contents, reveal=reveal):
        typer.echo(line)
    typer.echo(
        f"Repair {last.number}, {last.at:%Y-%m-%d %H:%M} by {last.actor} as {last.role}: "
        f"{last.reason}"
    )


def _not_there(letter_id: UUID) -> NoReturn:
    typer.echo(f"There is no dead letter {letter_id}.", err=True)
    raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class _Figures:
    """What one service's database says in numbers."""

    counts: list[set_aside.Count]
    waits: list[set_aside.Wait]
    breakers: list[breaker.OpenBreaker]
    present: Collection[str]


async def _figures(connection: asyncpg.Connection, wanted: Filter) -> _Figures:
    return _Figures(
        await set_aside.counts(connection, wanted),
        await set_aside.waits(connection),
        await breaker.open_breakers(connection),
        await present(connection),
    )


@app.command()
def stats(  # noqa: PLR0917
    service: OfService = None,
    topic: OfTopic = None,
    reason: OfReason = None,
    key: OfKey = None,
    older_than: OlderThan = None,
    newer_than: NewerThan = None,
    as_json: AsJson = False,
) -> None:
    """Count dead letters by service, topic and reason, what waits, and open breakers.

    Of what waits for references and of breakers only --service leaves any out.
    """
    services = dead_letter_work.services_named(service)
    wanted = dead_letter_work.letters_wanted(
        topic, reason, key, older_than, newer_than, status="all"
    )
    found = _run(_of_each(services, partial(_figures, wanted=wanted)))
    if as_json:
        for name, figures in found:
            rows: list[tuple[str, Any]] = [
                *(("letters", each) for each in figures.counts),
                *(("waiting", each) for each in figures.waits),
                *(("breaker", each) for each in figures.breakers),
            ]
            for kind, row in rows:
                typer.echo(json.dumps({"service": name, "figure": kind} | _jsonable(asdict(row))))
        return
    now = dead_letter_work.told(stack_clock).now()
    table = Table("service", "topic", "reason")
    for heading in ("open", "repaired", "behind", "oldest", "resolved", "dismissed"):
        table.add_column(heading, justify="right")
    for name, figures in found:
        for each in figures.counts:
            oldest = age((now - each.oldest).total_seconds()) if each.oldest else ""
            numbers = (each.open, each.repaired, each.behind)
            ended = (each.resolved, each.dismissed)
            table.add_row(
                name,
                each.topic,
                each.reason,
                *(str(number or "") for number in numbers),
                oldest,
                *(str(number or "") for number in ended),
            )
    console = a_console()
    console.print(table if table.row_count else "No dead letters.")
    for name, figures in found:
        for wait in figures.waits:
            console.print(
                f"{name}: {wait.events} events of {wait.lanes} keys wait for a {wait.kind}, "
                f"the first for {age((now - wait.oldest).total_seconds())}",
                highlight=False,
            )
        for opened in figures.breakers:
            runs = opened.instance in figures.present
            if opened.resumed_at is not None and not runs:
                continue
            console.print(
                f"{name} instance {opened.instance}{'' if runs else ', which does not run'}: "
                f"stopped by its breaker since "
                f"{opened.opened_at:%Y-%m-%d %H:%M}: {opened.dead} of {opened.inputs} inputs of "
                f"{opened.keys} keys were set aside; most of them {opened.cause}",
                highlight=False,
            )
