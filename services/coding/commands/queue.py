"""``claimstream coding queue``: what waits for a coder, and deciding it."""

import getpass
import json
from typing import Annotated

import asyncpg
import typer

from schemas.encounter import EncounterDocumented
from services.chassis.clock import clock_from_environment
from services.chassis.processor import Processor
from services.chassis.terminal import ToldError
from services.coding import store
from services.coding.app import service
from services.coding.commands import report
from services.coding.commands.shared import AsJson, Database, Practice, fail, run
from services.coding.domain.encounter_state import EncounterState
from services.coding.handlers import NO_RELEASE
from services.coding.records import EncounterRow
from services.coding.resolve_encounter import Action, DecidedLine, ResolveEncounter

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
    as_json: AsJson = False,
) -> None:
    """List what waits for a coder, the oldest date of service first: it runs out first."""

    async def work(pool: asyncpg.Pool) -> list[tuple[str, str, EncounterState]]:
        async with pool.acquire() as connection:
            return await store.coder_queue(connection, practice, most)

    found = run(work, database_url)
    if as_json:
        typer.echo(json.dumps([report.of_case(*case) for case in found]))
        return
    for practice_id, encounter_id, state in found:
        typer.echo(
            f"{encounter_id}  {practice_id}  {state.service_date}  {state.state}  "
            f"{' '.join(state.reasons) or 'query unanswered'}"
        )
    if not found:
        typer.echo("the coder queue is empty")


@app.command("show")
def show_case(
    encounter: Annotated[str, typer.Argument(help="the encounter's id")],
    database_url: Database,
    practice: Practice = None,
    note: Annotated[bool, typer.Option("--note", help="print the note too (PHI)")] = False,
) -> None:
    """Show a case: what is proposed and why, what was rejected, what a coder has to decide."""

    async def work(pool: asyncpg.Pool) -> tuple[str, EncounterRow]:
        return await _case(pool, encounter, practice)

    practice_id, row = run(work, database_url)
    case = report.of_case(practice_id, encounter, row.state)
    if note:
        documented = EncounterDocumented.from_json(row.documentation)
        case["note"] = [
            {"heading": section.heading, "text": section.text} for section in documented.note
        ]
        case["problems"] = [problem.description for problem in documented.problems]
    typer.echo(json.dumps(case, indent=2))


def _line(text: str) -> DecidedLine:
    """``99213``, ``99213-25``, ``J0696*3`` or ``73562-LT@1,2``."""
    rest, _, pointers = text.partition("@")
    rest, _, units = rest.partition("*")
    code, *modifiers = rest.split("-")
    return DecidedLine.model_validate(
        {
            "code": code,
            "modifiers": tuple(modifiers),
            "units": int(units) if units.isdigit() else 1,
            "pointers": tuple(int(one) for one in pointers.split(",") if one.isdigit()),
        }
    )


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
    diagnosis: Annotated[
        list[str] | None, typer.Option("--dx", help="ICD-10-CM code, in order; repeat")
    ] = None,
    line: Annotated[
        list[str] | None,
        typer.Option("--line", help="CODE[-MODIFIER...][*UNITS][@POINTER,...]; repeat"),
    ] = None,
    practice: Practice = None,
    actor: Annotated[str, typer.Option("--actor", help="who decides; your login name")] = "",
    role: Annotated[str, typer.Option("--role", help="the role it is decided under")] = "coder",
) -> None:
    """Decide a case: accept, give codes, close it, or have it coded again.

    Example: claimstream coding queue resolve E1 --dx J20.9 --line 99213-25@1 --reason "read note"
    """
    chosen: dict[Action, bool] = {
        "accept": accept,
        "not_billable": not_billable,
        "code_again": again,
        "codes": bool(diagnosis or line),
    }
    if sum(chosen.values()) != 1:
        raise fail("give one of --accept, --not-billable, --again, or codes by --dx and --line", 2)
    action = next(name for name, given in chosen.items() if given)

    async def work(pool: asyncpg.Pool) -> str:
        practice_id, _ = await _case(pool, encounter, practice)
        command = ResolveEncounter.model_validate(
            {
                "practice_id": practice_id,
                "actor": actor or getpass.getuser(),
                "role": role,
                "reason": reason,
                "encounter_id": encounter,
                "action": action,
                "diagnoses": tuple(diagnosis or ()),
                "lines": tuple(_line(text) for text in line or ()),
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
    actor: Annotated[str, typer.Option("--actor", help="who decides; your login name")] = "",
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
                    actor=actor or getpass.getuser(),
                    role=role,
                    reason=reason,
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
