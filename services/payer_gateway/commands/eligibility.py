"""``claimstream payer eligibility``: whether a patient is covered, as the payer says."""

import asyncio
import logging
import time
from datetime import date, datetime
from typing import Annotated

import asyncpg
import orjson
import structlog
import typer

from services.chassis.background import Runtime
from services.chassis.clock import Clock, clock_from_environment
from services.chassis.terminal import ToldError
from services.payer_gateway.app import NAME
from services.payer_gateway.commands.desk import (
    ON_DEMAND,
    Actor,
    AsJson,
    Database,
    Reason,
    Role,
    note,
    run,
    who,
)
from services.payer_gateway.domain.question import COVERAGE
from services.payer_gateway.files.inbound import Receiver
from services.payer_gateway.files.outbound import Sender
from services.payer_gateway.partners import Partners, load_partners
from services.payer_gateway.questions import coverage
from services.payer_gateway.questions.asking import NotAskedError
from services.payer_gateway.questions.coverage import Whom
from services.payer_gateway.settings import GatewaySettings
from services.payer_gateway.stores import question_store
from services.payer_gateway.stores.question_store import AskedQuestion
from services.payer_gateway.transport.connections import Transports

_LOOK_SECONDS = 0.5
_LOOKS_BEFORE_CARRYING = 4
_WORDS = {
    "active": "in force",
    "inactive": "not in force",
    "unknown": "not told",
}


def eligibility(
    practice: Annotated[str, typer.Option("--practice", help="the practice's id")],
    patient: Annotated[str, typer.Option("--patient", help="the patient's id")],
    payer: Annotated[str, typer.Option("--payer", help="our id of the payer")],
    database_url: Database,
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="the day; today without")
    ] = None,
    *,
    wait: Annotated[int, typer.Option("--wait", min=0, max=3600, help="seconds to wait")] = 60,
    answered: Annotated[
        bool, typer.Option("--answered", help="ask nothing, show what was asked before")
    ] = False,
    as_json: AsJson = False,
    reason: Reason = ON_DEMAND,
    role: Role = "biller",
    actor: Actor = "",
) -> None:
    """Ask a payer whether a patient is covered (270), and show what it answers (271).

    For example:
        claimstream payer eligibility --practice P1 --patient PT1 --payer BLUERIVER

    The running gateway sends the question and reads the answer; where none runs, this command
    does both while it waits. Exit 0: answered, or not waited for; 1: no answer came in that time,
    which --answered shows later.
    """
    partners = load_partners(GatewaySettings.read().partners_file)
    if payer not in partners:
        typer.echo(f"there is no partner {payer}: it is one of {', '.join(partners)}", err=True)
        raise typer.Exit(2)
    clock = clock_from_environment()
    whom = Whom(practice, patient, on.date() if on else clock.now().date())

    async def work(pool: asyncpg.Pool) -> list[AskedQuestion]:
        if answered:
            return [a for a in await _asked(pool, whom) if a.question.payer_id == payer]
        async with pool.acquire() as connection, connection.transaction():
            by, now = who(actor), clock.now()
            try:
                trace = await coverage.ask(connection, partners[payer], whom, now=now, asked_by=by)
            except NotAskedError as error:
                raise ToldError(str(error)) from None
            subject = f"{practice}:{patient}"
            await note(connection, now, (by, role, reason), "AskCoverage", subject)
        return [await _answer(pool, clock, partners, whom, trace=trace, wait=wait)]

    found = run(work, database_url)
    if as_json:
        typer.echo(orjson.dumps([_document(each) for each in found]).decode())
    else:
        for each in found:
            _show(each)
        if not found:
            typer.echo("nothing was asked about this patient")
    if wait and not answered and not found[0].answers:
        raise typer.Exit(1)


async def _asked(pool: asyncpg.Pool, whom: Whom) -> list[AskedQuestion]:
    async with pool.acquire() as connection:
        return await question_store.questions_about(
            connection, COVERAGE, whom.patient_id, whom.practice_id
        )


async def _answer(
    pool: asyncpg.Pool, clock: Clock, partners: Partners, whom: Whom, *, trace: str, wait: int
) -> AskedQuestion:
    """The question, with its answer where one comes in time."""
    until = time.monotonic() + wait
    looks = 0
    carrier: _Carrier | None = None
    try:
        while True:
            (own,) = [each for each in await _asked(pool, whom) if each.question.trace == trace]
            if own.answers or time.monotonic() >= until:
                return own
            looks += 1
            if carrier is None and looks > _LOOKS_BEFORE_CARRYING and own.file_state == "created":
                carrier = _Carrier(pool, clock, partners)
            if carrier:
                await carrier.step()
            await asyncio.sleep(_LOOK_SECONDS)
    finally:
        if carrier:
            await carrier.close()


class _Carrier:
    """Sends and receives as the gateway does, where none runs; both may at once."""

    def __init__(self, pool: asyncpg.Pool, clock: Clock, partners: Partners) -> None:
        silent = structlog.make_filtering_bound_logger(logging.CRITICAL)
        log = structlog.wrap_logger(None, processors=[], wrapper_class=silent)
        self._runtime = Runtime(NAME, pool, clock, asyncio.Event(), log, lambda: None)
        self._transports = Transports(GatewaySettings.read().connections_file)
        self._sender = Sender(partners, self._transports)
        self._receiver = Receiver(partners, self._transports)

    async def step(self) -> None:
        await self._sender.step(self._runtime)
        await self._receiver.step(self._runtime)

    async def close(self) -> None:
        await self._receiver.close()
        await self._transports.close()


def _show(asked: AskedQuestion) -> None:
    question = asked.question
    day = question.about_day or date.min
    typer.echo(
        f"{asked.asked_at:%Y-%m-%d %H:%M}  asked {question.payer_id} by "
        f"{asked.asked_by or 'the gateway'}: {asked.file_name}, {asked.file_state}"
    )
    for answer in asked.answers:
        typer.echo(f"coverage on {day:%Y-%m-%d}: {_WORDS.get(answer.outcome, answer.outcome)}")
        if plan := answer.detail.get("plan"):
            typer.echo(f"  plan: {plan}")
        for benefit in _lists(answer.detail.get("benefits")):
            typer.echo(f"  {_benefit(benefit)}")
        for reason in _lists(answer.detail.get("reasons")):
            typer.echo(f"  {reason}")
    if not asked.answers:
        typer.echo("no answer yet")


def _lists(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _benefit(benefit: object) -> str:
    if not isinstance(benefit, dict):
        return str(benefit)
    words = [str(benefit.get("kind", ""))]
    if (cents := benefit.get("amount_cents")) is not None:
        words.append(f"{cents // 100}.{cents % 100:02d}")
    if (points := benefit.get("share_basis_points")) is not None:
        whole, rest = divmod(points, 100)
        words.append(f"{whole}.{rest:02d}%" if rest else f"{whole}%")
    if period := benefit.get("period"):
        words.append(f"({period})")
    if types := benefit.get("service_types"):
        words.append(f"for service types {types}")
    if "in_network" in benefit:
        words.append("in network" if benefit["in_network"] else "out of network")
    return " ".join(words)


def _document(asked: AskedQuestion) -> dict[str, object]:
    question = asked.question
    return {
        "practice_id": question.practice_id,
        "patient_id": question.subject,
        "payer_id": question.payer_id,
        "on": question.about_day,
        "asked_at": asked.asked_at,
        "asked_by": asked.asked_by,
        "file_name": asked.file_name,
        "file_state": asked.file_state,
        "answers": [
            {"received_at": each.received_at, "coverage": each.outcome, "codes": each.codes}
            | each.detail
            for each in asked.answers
        ],
    }
