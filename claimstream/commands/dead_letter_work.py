"""``claimstream dead-letters repair | redrive | dismiss | resume``: dealing with letters.

Exit codes: 0 done; 1 something was refused or is left; 2 wrong usage; 3 no database there.
"""

import asyncio
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar
from uuid import UUID

import asyncpg
import typer

from claimstream.commands.dead_letter_options import (
    Everything,
    NewerThan,
    OfKey,
    OfReason,
    OfService,
    OfTopic,
    OlderThan,
)
from claimstream.commands.faults import plain_faults
from claimstream.dead_letters.age import parse_age
from claimstream.dead_letters.bulk import (
    Tally,
    dismiss_many,
    redrive_many,
    stopping_on_ctrl_c,
)
from claimstream.dead_letters.masking import difference_lines
from claimstream.dead_letters.places import (
    ManyServicesError,
    database,
    desk,
    is_running,
    outbox_room,
    person,
    the_one,
)
from claimstream.dead_letters.running import RunningService, ServiceSilentError
from claimstream.dead_letters.telling import forecast, shown_progress, tell
from claimstream.stack.clock import stack_clock
from claimstream.stack.state import SERVICES
from services.chassis import audit, breaker, set_aside
from services.chassis.letter_again import contents_of
from services.chassis.letter_desk import LetterDesk, Person, Redriven
from services.chassis.repair import Change, RepairError, parse_setting
from services.chassis.set_aside import Filter

T = TypeVar("T")

Role = Annotated[str, typer.Option(help="The role you act under.")]
LetterId = Annotated[UUID, typer.Argument(help="The dead letter's id.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the group."""
    for name, command in (
        ("repair", repair),
        ("redrive", redrive),
        ("dismiss", dismiss),
        ("resume", resume),
    ):
        app.command(name)(command)


def told(ask: Callable[[], T]) -> T:
    """What ``ask`` answers; its faults become one sentence and exit code 3."""
    try:
        with plain_faults(but=(ManyServicesError,)):
            return ask()
    except ManyServicesError as error:
        _wrong(str(error))
    raise AssertionError


def services_named(service: str | None) -> list[str]:
    """The service asked for, or all; exit code 2 for one that is not there."""
    services = [service.replace("-", "_")] if service else list(SERVICES)
    if not set(services) <= set(SERVICES):
        _wrong(f"There is no service {service}; there are {', '.join(SERVICES)}.")
    return services


def ago(now: datetime, age: str | None) -> datetime | None:
    """The moment so long before ``now``; exit code 2 for what is no age."""
    if age is None:
        return None
    try:
        return now - parse_age(age)
    except ValueError as error:
        _wrong(f"{error}.")


def letters_wanted(
    topic: str | None,
    reason: str | None,
    key: str | None,
    older_than: str | None,
    newer_than: str | None,
    *,
    status: str = "open",
) -> Filter:
    """The filter that the shared options make; exit code 2 for what is no age."""
    now = told(stack_clock).now()
    return Filter(status, topic, key, reason, ago(now, older_than), ago(now, newer_than))


def _wrong(sentence: str, code: int = 2) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(code)


def repair(  # noqa: PLR0917
    letter_id: LetterId,
    reason: Annotated[str, typer.Option(help="Why it is changed.")],
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="PATH=VALUE",
            help="lines[0].charge_cents=12500, patient_id='\"P1\"', header.ce_type=..., "
            "record.key=...; within the value, VALUE is JSON.",
        ),
    ] = None,
    unset: Annotated[
        list[str] | None, typer.Option("--unset", metavar="PATH", help="Take a place away.")
    ] = None,
    from_file: Annotated[
        Path | None,
        typer.Option(help="Replace the whole value with a file's content first; - reads stdin."),
    ] = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Keep the copy though it would still be refused.")
    ] = False,
    dry_run: DryRun = False,
    service: OfService = None,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Show what was changed, PHI too; it is put on record.")
    ] = False,
    role: Role = "operator",
) -> None:
    """Change a copy of a dead letter, see it checked by the rules, and keep it beside the original.

    `redrive` then uses the copy. Repairs add up: the next one starts from the last copy. One that
    would change nothing keeps nothing.
    """
    if not settings and not unset and from_file is None:
        _wrong("Say what to change: --set PATH=VALUE, --unset PATH or --from-file FILE.")
    try:
        changes = [parse_setting(each) for each in settings or ()]
        changes += [Change(each, None) for each in unset or ()]
        value = None if from_file is None else _content(from_file)
        answer, lines = told(
            lambda: asyncio.run(
                _repair(
                    letter_id,
                    services_named(service),
                    changes,
                    value,
                    role=role,
                    reason=reason,
                    anyway=anyway,
                    dry_run=dry_run,
                    reveal=reveal,
                )
            )
        )
    except RepairError as error:
        _wrong(f"{error}.", 1)
    except LookupError as error:
        _wrong(f"{str(error)[:1].upper()}{str(error)[1:]}.", 1)
    except ServiceSilentError as error:
        _wrong(f"{error} Nothing was kept.", 1)
    for line in lines:
        typer.echo(line)
    typer.echo(forecast(answer.outcome, answer.publishes, answer.refusal))
    if answer.outcome == "unchanged":
        return
    if answer.outcome == "refused" and not anyway:
        _wrong("Nothing was kept; --anyway keeps a copy that is still refused.", 1)
    if dry_run:
        typer.echo("Nothing was kept: this was a dry run.")
    else:
        typer.echo(f"Kept. Next: claimstream dead-letters redrive {letter_id}")


def _content(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        _wrong(f"{file} cannot be read ({type(error).__name__}).")


async def _repair(
    letter_id: UUID,
    services: list[str],
    changes: list[Change],
    value: bytes | None,
    *,
    role: str,
    reason: str,
    anyway: bool,
    dry_run: bool,
    reveal: bool,
) -> tuple[Redriven, list[str]]:
    service, letter = await the_one(letter_id, services)
    async with database(service) as pool:
        at_desk = desk(service, pool)
        who = person(role, reason)
        forecast = None
        copy = await at_desk.proposed(letter_id, changes, value=value)
        if copy is not None:
            with stopping_on_ctrl_c() as stop:
                redriver = await _redriver(service, pool, who, stop)
                if isinstance(redriver, RunningService):
                    forecast = await redriver.tried(letter_id, copy)
        answer, after = await at_desk.repair(
            letter_id,
            changes,
            who,
            value=value,
            keep_refused=anyway,
            dry_run=dry_run,
            forecast=forecast,
        )
        if answer.outcome == "unchanged":
            return answer, []
        if reveal:
            await at_desk.reveal(letter_id, who, "the repaired copy")
    return answer, list(difference_lines(letter.topic, contents_of(letter), after, reveal=reveal))


def redrive(  # noqa: PLR0917
    letter_ids: Annotated[
        list[UUID] | None, typer.Argument(help="The dead letters' ids.", metavar="[LETTER]...")
    ] = None,
    everything: Everything = False,
    service: OfService = None,
    topic: OfTopic = None,
    reason: OfReason = None,
    key: OfKey = None,
    older_than: OlderThan = None,
    newer_than: NewerThan = None,
    dry_run: DryRun = False,
    role: Role = "operator",
) -> None:
    """Decide dead letters again, by their repaired copies where there are any.

    The service that runs decides; where none does, this command in its stead. What waited behind
    each then goes on, in order. Ctrl-C stops between two transactions; the same command goes on
    with the rest. While the outbox is full it waits, as the service does.
    """
    if bool(letter_ids) == everything:
        _wrong("Name dead letters, or say --all, with --service, --topic, --reason or --key.")
    services = services_named(service)
    wanted = letters_wanted(topic, reason, key, older_than, newer_than)
    tally, unknown = told(
        lambda: asyncio.run(_redrive(letter_ids, services, wanted, role=role, dry_run=dry_run))
    )
    for letter_id in unknown:
        typer.echo(f"There is no dead letter {letter_id}.", err=True)
    tell(tally, one=len(letter_ids or ()) == 1, dry_run=dry_run)
    if unknown or tally.stopped or tally.settled < tally.total:
        raise typer.Exit(1)


async def _redrive(
    letter_ids: list[UUID] | None,
    services: list[str],
    wanted: Filter,
    *,
    role: str,
    dry_run: bool,
) -> tuple[Tally, list[UUID]]:
    missing: list[UUID] = []
    if letter_ids:
        chosen, missing = await _named(services, list(dict.fromkeys(letter_ids)))
    else:
        chosen = await _chosen(services, wanted)
    tally = Tally(total=sum(len(each) for each in chosen.values()))
    with stopping_on_ctrl_c() as stop, shown_progress(tally.total, "Redriving") as on_progress:
        for service, ids in chosen.items():
            async with database(service) as pool:
                redriver = await _redriver(service, pool, person(role), stop)
                await redrive_many(
                    redriver,
                    ids,
                    person(role),
                    tally,
                    room=outbox_room(pool),
                    stop=stop,
                    dry_run=dry_run,
                    on_progress=on_progress,
                )
            if tally.stopped:
                break
    return tally, missing


def dismiss(
    letter_ids: Annotated[
        list[UUID] | None, typer.Argument(help="The dead letters' ids.", metavar="[LETTER]...")
    ] = None,
    *,
    reason: Annotated[str, typer.Option(help="Why they are given up.")],
    everything: Everything = False,
    service: OfService = None,
    topic: OfTopic = None,
    refused_as: Annotated[
        str | None, typer.Option(help="Only of this reason, as `list` shows it.")
    ] = None,
    key: OfKey = None,
    older_than: OlderThan = None,
    newer_than: NewerThan = None,
    role: Role = "operator",
) -> None:
    """Give dead letters up; they stay on record, and what waited behind them goes on.

    Ctrl-C stops --all between two of them; the same command goes on with the rest.
    """
    if bool(letter_ids) == everything:
        _wrong("Name dead letters, or say --all, with --service, --topic, --refused-as or --key.")
    if everything:
        services = services_named(service)
        wanted = letters_wanted(topic, refused_as, key, older_than, newer_than)
        _tell_dismissed(told(lambda: asyncio.run(_dismiss_all(services, wanted, role, reason))))
        return
    names = services_named(service)
    dismissed, problems = told(lambda: asyncio.run(_dismiss(letter_ids or [], names, role, reason)))
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(1)
    if not dismissed:
        typer.echo("Dismissed before; nothing was changed.")
        return
    typer.echo("Dismissed; what waited behind it goes on.")


def _tell_dismissed(tally: Tally) -> None:
    others = tally.outcomes["closed"]
    typer.echo(
        f"{tally.done - others} of {tally.total} dismissed; what waited behind them goes on."
    )
    if others:
        typer.echo(f"{others} were dealt with meanwhile, and were left as they are.")
    if tally.stopped:
        _wrong("Stopped: the same command goes on with the rest.", 1)


async def _dismiss_all(services: list[str], wanted: Filter, role: str, reason: str) -> Tally:
    chosen = await _chosen(services, wanted)
    tally = Tally(total=sum(map(len, chosen.values())))
    with stopping_on_ctrl_c() as stop, shown_progress(tally.total, "Dismissing") as on_progress:
        for service, ids in chosen.items():
            async with database(service) as pool:
                await dismiss_many(
                    desk(service, pool),
                    ids,
                    person(role, reason),
                    tally,
                    stop=stop,
                    on_progress=on_progress,
                )
    return tally


async def _redriver(
    service: str, pool: asyncpg.Pool, who: Person, stop: asyncio.Event
) -> LetterDesk | RunningService:
    """The service, where it runs; else this command in its stead, which is told."""
    if await is_running(pool):
        return RunningService(service, pool, who, stop)
    typer.echo(
        f"No instance of {service} runs: this command decides, under its own settings.", err=True
    )
    return desk(service, pool)


async def _named(
    services: list[str], letter_ids: list[UUID]
) -> tuple[dict[str, list[UUID]], list[UUID]]:
    """Letters by service, wherever they are open, else where they were; and those nowhere."""
    statuses: dict[str, dict[UUID, str]] = {}
    for service in services:
        async with database(service) as pool, pool.acquire() as connection:
            statuses[service] = await set_aside.statuses(connection, letter_ids)
    chosen: dict[str, list[UUID]] = {}
    for service, there in statuses.items():
        chosen[service] = [each for each, status in there.items() if status == "open"]
    reached = {each for ids in chosen.values() for each in ids}
    for service, there in statuses.items():
        chosen[service] += [each for each in there if each not in reached]
        reached |= there.keys()
    missing = [each for each in letter_ids if each not in reached]
    return {service: ids for service, ids in chosen.items() if ids}, missing


async def _chosen(services: list[str], wanted: Filter) -> dict[str, list[UUID]]:
    """The letters that a filter leaves, by service."""
    chosen: dict[str, list[UUID]] = {}
    for service in services:
        async with database(service) as pool, pool.acquire() as connection:
            there = await set_aside.letter_ids(connection, wanted)
        if there:
            chosen[service] = there
    return chosen


async def _dismiss(
    letter_ids: list[UUID], services: list[str], role: str, reason: str
) -> tuple[int, list[str]]:
    dismissed = 0
    problems: list[str] = []
    for letter_id in dict.fromkeys(letter_ids):
        try:
            service, letter = await the_one(letter_id, services)
            if letter.status == "dismissed":
                continue
            async with database(service) as pool:
                await desk(service, pool).dismiss(letter_id, person(role, reason))
        except ManyServicesError as error:
            problems.append(str(error))
        except LookupError as error:
            problems.append(f"{str(error)[:1].upper()}{str(error)[1:]}.")
        else:
            dismissed += 1
    return dismissed, problems


def resume(
    service: Annotated[str, typer.Argument(help="The service that its breaker stopped.")],
    reason: Annotated[str, typer.Option(help="Why it may go on.")],
    instance: Annotated[str | None, typer.Option(help="Only this instance of it.")] = None,
    allow: Annotated[
        int, typer.Option(min=0, help="So many more inputs do not count for its breaker.")
    ] = 0,
    role: Role = "operator",
) -> None:
    """Let a service go on that its breaker stopped, though what it reads would be set aside."""
    (name,) = services_named(service)
    instances = told(lambda: asyncio.run(_resume(name, instance, allow, role, reason)))
    if not instances:
        _wrong(f"No breaker of {name} is open.", 1)
    typer.echo(f"{name} goes on within seconds: instance {', '.join(instances)}.")


async def _resume(
    service: str, instance: str | None, allow: int, role: str, reason: str
) -> list[str]:
    now = stack_clock().now()
    who = person(role, reason)
    async with database(service) as pool, pool.acquire() as connection, connection.transaction():
        instances = await breaker.resume(connection, instance, now, allow)
        for each in instances:
            await audit.append(
                connection,
                audit.AuditEntry(now, who.actor, role, "resume", f"{service}-{each}", reason),
            )
    return instances
