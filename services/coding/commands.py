"""``claimstream coding``: the coder queue, and coding offline."""

import getpass
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import asyncpg
import typer

from schemas.encounter import EncounterDocumented
from services.chassis.clock import clock_from_environment
from services.chassis.processor import Processor
from services.chassis.terminal import ToldError, run_on_database
from services.coding import report, store
from services.coding.app import library, service
from services.coding.codesets.artefact import ArtefactError
from services.coding.codesets.library import CodeSetLibrary, NoReleaseError
from services.coding.commands_model import Action, DecidedLine, ResolveEncounter
from services.coding.domain import wording
from services.coding.domain.coding_result import CodingOptions, PatientFacts, VisitHistory
from services.coding.domain.encounter_state import EncounterState
from services.coding.domain.engine import code_encounter
from services.coding.domain.phrase_match import PhraseMatcher
from services.coding.domain.specificity import complete
from services.coding.handlers import NO_RELEASE
from services.coding.offline import OfflineError, encounters_of, from_note
from services.coding.records import EncounterRow
from services.coding.settings import CodingSettings

T = TypeVar("T")

DATABASE_VARIABLE = "CLAIMSTREAM_DATABASE_URL_CODING"
app = typer.Typer(name="coding", help="Coder queue and offline coding.", no_args_is_help=True)
queue = typer.Typer(help="Encounters that wait for a coder.", no_args_is_help=True)
app.add_typer(queue, name="queue")

Database = Annotated[
    str, typer.Option("--database-url", envvar=DATABASE_VARIABLE, help="the service's database")
]
Practice = Annotated[
    str | None, typer.Option("--practice", help="needed where two practices use the same id")
]
_MOST_CASES = 1_000_000
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]


def _fail(message: str, code: int = 1) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(code)


def _run(work: Callable[[asyncpg.Pool], Awaitable[T]], database_url: str) -> T:
    return run_on_database(
        work, database_url, variable=DATABASE_VARIABLE, told=(ArtefactError, NoReleaseError)
    )


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


@queue.command("list")
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

    found = _run(work, database_url)
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


@queue.command("show")
def show_case(
    encounter: Annotated[str, typer.Argument(help="the encounter's id")],
    database_url: Database,
    practice: Practice = None,
    note: Annotated[bool, typer.Option("--note", help="print the note too (PHI)")] = False,
) -> None:
    """Show a case: what is proposed and why, what was rejected, what a coder has to decide."""

    async def work(pool: asyncpg.Pool) -> tuple[str, EncounterRow]:
        return await _case(pool, encounter, practice)

    practice_id, row = _run(work, database_url)
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


@queue.command()
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
        raise _fail("give one of --accept, --not-billable, --again, or codes by --dx and --line", 2)
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

    typer.echo(f"{encounter} is {_run(work, database_url)}")


@queue.command("code-again")
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

    tried, left = _run(work, database_url)
    typer.echo(f"{tried} coded again; {left} of them still wait for a coder")


def _library() -> CodeSetLibrary:
    try:
        return library(CodingSettings())
    except ArtefactError as error:
        raise _fail(str(error)) from None


def _coded(
    encounter: EncounterDocumented, patient: PatientFacts, sets: CodeSetLibrary
) -> dict[str, Any]:
    try:
        result = code_encounter(
            encounter,
            patient,
            VisitHistory(),
            sets.on(encounter.service_date),
            CodingOptions(),
        )
    except NoReleaseError as missing:
        return {"error": {"reason": "no_code_set_release", "message": str(missing)}}
    return report.of_result(result)


@app.command()
def code(
    file: Annotated[
        str, typer.Argument(help="an encounter-documented event as JSON; - for standard input")
    ] = "",
    *,
    note: Annotated[Path | None, typer.Option("--note", help="a note as plain text")] = None,
    jsonl: Annotated[
        Path | None, typer.Option("--jsonl", help="one event a line; one result a line")
    ] = None,
    setting: Annotated[str, typer.Option("--setting", help="office, ed or inpatient")] = "office",
    age: Annotated[int, typer.Option("--age", min=0, max=120)] = 40,
    sex: Annotated[Literal["F", "M", "U"], typer.Option("--sex")] = "U",
    programme: Annotated[str, typer.Option("--programme", help="the primary payer's")] = "",
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="date of service")
    ] = None,
) -> None:
    """Code without broker or database; JSON out.

    Example: claimstream coding code --note note.txt --setting office --age 60 --on 2026-03-02
    gives {"diagnoses": [{"code": "I10", ...}], "procedures": [...], "queries": [...], ...}
    """
    if sum(map(bool, (file, note, jsonl))) != 1:
        raise _fail("give one of FILE, --note or --jsonl", 2)
    sets = _library()
    day = on.date() if on is not None else datetime.now(UTC).date()
    try:
        if note is not None:
            documented = from_note(note.read_bytes(), setting, day)
            typer.echo(json.dumps(_coded(documented, _patient(day, age, sex, programme), sets)))
            return
        source = sys.stdin.buffer if file == "-" else (jsonl or Path(file)).open("rb")
        with source as lines:
            texts: Iterator[bytes] = iter(lines) if jsonl else iter([lines.read()])
            for outcome in encounters_of(texts):
                if isinstance(outcome, EncounterDocumented):
                    patient = _patient(outcome.service_date, age, sex, programme)
                    typer.echo(json.dumps(_coded(outcome, patient, sets)))
                else:
                    typer.echo(json.dumps({"error": outcome}))
    except OfflineError as error:
        raise _fail(str(error), 2) from None
    except OSError as error:
        raise _fail(f"cannot read the input: {error.strerror}") from None


def _patient(day: date, age: int, sex: Literal["F", "M", "U"], programme: str) -> PatientFacts:
    return PatientFacts(date(day.year - age, 1, 1), sex, programme)


@app.command()
def lookup(
    phrase: Annotated[str, typer.Argument(help="a diagnosis in words")] = "",
    jsonl: Annotated[
        Path | None, typer.Option("--jsonl", help='one {"phrase": ...} a line')
    ] = None,
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="date of service")
    ] = None,
    top: Annotated[int, typer.Option("--top", min=1, max=10)] = 5,
) -> None:
    """ICD-10-CM codes that a phrase may name, best first; JSON out.

    Example: claimstream coding lookup "acute bronchitis" --on 2026-03-02
    gives {"phrase": "acute bronchitis", "candidates": [{"code": "J20.9", "score": 1000, ...}]}
    """
    if bool(phrase) == (jsonl is not None):
        raise _fail("give a PHRASE or --jsonl", 2)
    sets = _library()
    try:
        codes = sets.on(on.date() if on is not None else datetime.now(UTC).date()).diagnoses
    except NoReleaseError as missing:
        raise _fail(str(missing)) from None
    matcher = PhraseMatcher(codes)

    def candidates(text: str) -> dict[str, Any]:
        read = wording.read_problem(text)
        found: dict[str, dict[str, Any]] = {}
        for candidate in matcher.rank(read.tokens, 10):
            for code_ in complete(codes, candidate.code, read.sides).codes:
                found.setdefault(
                    code_, {"code": code_, "score": candidate.score, "path": candidate.path}
                )
        return {"phrase": text, "candidates": list(found.values())[:top]}

    if jsonl is None:
        typer.echo(json.dumps(candidates(phrase)))
        return
    try:
        with jsonl.open(encoding="utf-8") as lines:
            for line in lines:
                try:
                    typer.echo(json.dumps(candidates(str(json.loads(line)["phrase"]))))
                except (ValueError, KeyError, TypeError):
                    typer.echo(json.dumps({"error": {"reason": "not_a_phrase"}}))
    except OSError as error:
        raise _fail(f"cannot read the input: {error.strerror}") from None
