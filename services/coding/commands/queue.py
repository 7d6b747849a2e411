"""``claimstream coding queue``: what waits for a coder, and deciding it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import typer

from services.chassis.clock import clock_from_environment
from services.chassis.processor import Processor
from services.chassis.terminal import ToldError
from services.coding import case_store, queue_store, store
from services.coding.app import service
from services.coding.commands import report
from services.coding.commands.given_codes import (
    Actor,
    DespiteEdits,
    Diagnoses,
    Lines,
    acting,
    decided_line,
    why,
)
from services.coding.commands.prices import price_of, read_charges
from services.coding.commands.shared import AsJson, Database, Practice, code_sets, fail, run
from services.coding.commands.shown_case import looked_at, shown_case
from services.coding.domain.review.queue_order import Ranked, ranked
from services.coding.handlers import NO_RELEASE
from services.coding.records import EncounterRow
from services.coding.resolve_encounter import Action, ResolveEncounter

app = typer.Typer(help="Encounters that wait for a coder.", no_args_is_help=True)
_MOST_CASES = 1_000_000


async def _case(
    pool: asyncpg.Pool, encounter_id: str, practice_id: str | None
) -> tuple[str, EncounterRow]:
    async with pool.acquire() as connection:
        found = await store.find(connection, encounter_id, practice_id)
    if not found:
        raise ToldError(f"no encounter {encounter_id} is known")
    if len(found) > 1:
        raise ToldError(f"encounter {encounter_id} exists in several practices; give --practice")
    return found[0]


@app.command("list")
def list_queue(
    database_url: Database,
    *,
    practice: Practice = None,
    most: Annotated[int, typer.Option("--most", min=1, max=10_000)] = 50,
    charges: Annotated[
        Path | None, typer.Option("--charges", help="the practice's charges: CSV code,cents")
    ] = None,
    filing: Annotated[
        list[str] | None, typer.Option("--filing-days", help="PROGRAMME=DAYS; repeat")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List what waits for a coder, by the money expected and the days left to file it.

    Example: claimstream coding queue list --charges charges.csv --filing-days commercial=180
    """
    sets = code_sets()
    limits = _filing_days(filing or ())

    async def work(pool: asyncpg.Pool) -> list[Ranked]:
        today = clock_from_environment().now().date()
        price = price_of(read_charges(charges), sets, today)
        async with pool.acquire() as connection:
            cases = await queue_store.waiting_cases(connection, practice)
        return ranked(cases, today, price, limits)

    found = run(work, database_url)[:most]
    if as_json:
        typer.echo(json.dumps([_ranked(rank, case) for rank, case in enumerate(found, start=1)]))
        return
    for rank, case in enumerate(found, start=1):
        state = case.state
        typer.echo(
            f"{rank}. {case.encounter_id}  {case.practice_id}  {state.service_date}  {state.state}"
            f"  {'; '.join(case.why)}  {' '.join(state.reasons) or 'query unanswered'}"
        )
    if not found:
        typer.echo("the coder queue is empty")


def _filing_days(given: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for text in given:
        programme, _, days = text.partition("=")
        if not programme or not days.isdigit():
            raise fail("--filing-days takes PROGRAMME=DAYS", 2)
        found[programme] = int(days)
    return found


def _ranked(rank: int, case: Ranked) -> dict[str, Any]:
    return {
        "rank": rank,
        "why": list(case.why),
        "expected_cents": case.expected_cents,
        "days_left": case.days_left,
        "age_days": case.age_days,
        **report.of_case(case.practice_id, case.encounter_id, case.state),
    }


@app.command("show")
def show_case(
    encounter: Annotated[str, typer.Argument(help="the encounter's id")],
    database_url: Database,
    practice: Practice = None,
    note: Annotated[
        bool, typer.Option("--note", help="print the note too, its evidence marked (PHI)")
    ] = False,
) -> None:
    """Show a case: what is proposed and why, what was rejected, edits, gaps, and decisions.

    With --note, evidence stands in its place: [[acute bronchitis]](J20.9).
    """

    async def work(pool: asyncpg.Pool) -> dict[str, Any]:
        practice_id, row = await _case(pool, encounter, practice)
        async with pool.acquire() as connection:
            known = await store.load(connection, [looked_at(practice_id, encounter)])
            decisions = await case_store.decisions(connection, practice_id, encounter)
        return shown_case(practice_id, encounter, row, known, decisions, note=note)

    typer.echo(json.dumps(run(work, database_url), indent=2))


@app.command()
def resolve(
    encounter: Annotated[str, typer.Argument(help="the encounter's id")],
    *,
    database_url: Database,
    reason: Annotated[str, typer.Option("--reason", help="why; it is kept with the decision")],
    accept: Annotated[bool, typer.Option("--accept", help="take the proposed codes")] = False,
    not_billable: Annotated[
        bool, typer.Option("--not-billable", help="close it without a claim")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="code it again on the code sets loaded now")
    ] = False,
    refuse: Annotated[bool, typer.Option("--refuse", help="leave it to a coding lead")] = False,
    diagnosis: Diagnoses = None,
    line: Lines = None,
    despite: DespiteEdits = False,
    practice: Practice = None,
    actor: Actor = "",
    role: Annotated[
        str, typer.Option("--role", help="the role it is decided under: coder or coding_lead")
    ] = "coder",
) -> None:
    """Decide a case: accept, give codes, close it, refuse it, or have it coded again.

    Example: claimstream coding queue resolve E1 --dx J20.9 --line 99213-25@1 --reason "read note"
    """
    chosen: dict[Action, bool] = {
        "accept": accept,
        "not_billable": not_billable,
        "code_again": again,
        "refuse": refuse,
        "codes": bool(diagnosis or line),
    }
    if sum(chosen.values()) != 1:
        raise fail(
            "give one of --accept, --not-billable, --again, --refuse, or codes by --dx and --line",
            2,
        )
    action = next(name for name, given in chosen.items() if given)

    async def work(pool: asyncpg.Pool) -> str:
        practice_id, _ = await _case(pool, encounter, practice)
        command = ResolveEncounter.model_validate(
            {
                "practice_id": practice_id,
                "actor": acting(actor),
                "role": role,
                "reason": why(reason, actor),
                "encounter_id": encounter,
                "action": action,
                "diagnoses": tuple(diagnosis or ()),
                "lines": tuple(decided_line(text) for text in line or ()),
                "despite_edits": despite,
            }
        )
        await Processor(service(), pool, clock_from_environment()).act(command)
        _, row = await _case(pool, encounter, practice_id)
        return row.state.state

    typer.echo(f"{encounter} is {run(work, database_url)}")


@app.command("code-again")
def code_again(
    *,
    database_url: Database,
    waiting_for: Annotated[
        str, typer.Option("--waiting-for", help="the reason that the cases wait for")
    ] = NO_RELEASE,
    reason: Annotated[str, typer.Option("--reason", help="why; kept with each decision")],
    practice: Practice = None,
    actor: Actor = "",
    role: Annotated[str, typer.Option("--role", help="the role it is decided under")] = "coder",
) -> None:
    """Code again every case that waits for one reason, as after loading a release.

    Example: claimstream coding queue code-again --reason "FY2027 is loaded"
    """

    async def work(pool: asyncpg.Pool) -> tuple[int, int]:
        async with pool.acquire() as connection:
            cases = await store.coder_queue(connection, practice, _MOST_CASES)
        own = service()
        processor = Processor(own, pool, clock_from_environment())
        waiting = [
            (practice_id, encounter_id)
            for practice_id, encounter_id, state in cases
            if any(each.partition(":")[0] == waiting_for for each in state.reasons)
        ]
        for practice_id, encounter_id in waiting:
            await processor.act(
                ResolveEncounter(
                    practice_id=practice_id,
                    actor=acting(actor),
                    role=role,
                    reason=why(reason, actor),
                    encounter_id=encounter_id,
                    action="code_again",
                )
            )
        async with pool.acquire() as connection:
            left = await store.coder_queue(connection, practice, _MOST_CASES)
        still = {(practice_id, encounter_id) for practice_id, encounter_id, _ in left}
        return len(waiting), sum(case in still for case in waiting)

    tried, left = run(work, database_url)
    typer.echo(f"{tried} coded again; {left} of them still wait for a coder")
