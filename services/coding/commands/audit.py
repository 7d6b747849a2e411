"""``claimstream coding audit``: a second look, blind, at a sample of what was coded."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import typer
from msgspec.structs import asdict
from pydantic import TypeAdapter

from schemas.encounter import EncounterDocumented
from schemas.values import DiagnosisCode
from services.chassis.clock import clock_from_environment
from services.chassis.processor import Processor
from services.chassis.terminal import ToldError
from services.coding import audit_store, store
from services.coding.app import service
from services.coding.codesets.library import CodeSetLibrary
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
from services.coding.commands.shown_case import codes_of
from services.coding.domain.audit.agreement import compared, figures
from services.coding.domain.audit.sample import Subject, drawn, risk_permille, risks
from services.coding.domain.encounter_state import EncounterState, Proposal
from services.coding.domain.review.coder_decision import DecisionRefusedError, decided
from services.coding.domain.review.queue_order import expected_cents
from services.coding.records import AuditCase, AuditStatus
from services.coding.resolve_encounter import decision_of
from services.coding.settle_audit import AUDITOR_ROLES, SettleAudit

app = typer.Typer(help="A second look at a sample of what was coded.", no_args_is_help=True)
SECOND_CODERS = AUDITOR_ROLES | {"coder"}
_FIRST_DAY, _LAST_DAY = datetime(1900, 1, 1), datetime(2999, 12, 31)  # noqa: DTZ001
_codes = TypeAdapter(tuple[DiagnosisCode, ...])

Since = Annotated[datetime, typer.Option("--since", formats=["%Y-%m-%d"])]
Until = Annotated[datetime, typer.Option("--until", formats=["%Y-%m-%d"])]
Charges = Annotated[
    Path | None, typer.Option("--charges", help="the practice's charges: CSV code,cents")
]


@app.command()
def sample(
    database_url: Database,
    *,
    seed: Annotated[str, typer.Option("--seed", help="the same seed draws the same cases")],
    rate: Annotated[
        int, typer.Option("--rate-permille", min=1, max=20_000, help="scales every chance")
    ] = 1_000,
    since: Since = _FIRST_DAY,
    until: Until = _LAST_DAY,
    charges: Charges = None,
    practice: Practice = None,
    actor: Actor = "",
    role: Annotated[str, typer.Option("--role")] = "auditor",
) -> None:
    """Draw coded encounters by risk: visit levels, modifiers, dollars, confidence, new coders.

    Example: claimstream coding audit sample --seed 2026-03 --since 2026-03-01 --until 2026-03-31
    """
    person = _person(actor, role, AUDITOR_ROLES, f"seed {seed}")
    sets = code_sets()

    async def work(pool: asyncpg.Pool) -> tuple[int, int, int]:
        now = clock_from_environment().now()
        price = price_of(read_charges(charges), sets, now.date())
        async with pool.acquire() as connection:
            cases = await audit_store.coded(connection, practice, since.date(), until.date(), now)
            chosen = []
            for case in cases:
                cents, _ = expected_cents(case.final.lines, price)
                subject = Subject(
                    case.practice_id,
                    case.encounter_id,
                    case.version,
                    case.final,
                    case.coder,
                    case.decisions,
                    cents,
                )
                if drawn(subject, seed, rate):
                    found = risks(subject)
                    chosen.append((case, risk_permille(found), found))
            return len(cases), len(chosen), await audit_store.add(connection, chosen, person, now)

    coded, chosen, new = run(work, database_url)
    typer.echo(f"{coded} coded encounters; {chosen} drawn, {new} of them new")


@app.command("list")
def list_cases(
    database_url: Database,
    *,
    practice: Practice = None,
    closed: Annotated[bool, typer.Option("--closed", help="those that are settled too")] = False,
    as_json: AsJson = False,
) -> None:
    """List the cases that wait for a second coder or for who settles them."""

    async def work(pool: asyncpg.Pool) -> list[AuditCase]:
        async with pool.acquire() as connection:
            statuses: tuple[AuditStatus, ...] = ("waiting", "differs")
            if closed:
                statuses = (*statuses, "agreed", "adjudicated")
            return await audit_store.listed(connection, practice, statuses)

    found = run(work, database_url)
    if as_json:
        typer.echo(json.dumps([_told(case) for case in found]))
        return
    for case in found:
        told = _told(case)
        typer.echo(
            f"{case.encounter_id}  {case.practice_id}  {case.service_date}  {case.status}  "
            f"{' '.join(told['risks'])}"
        )
    if not found:
        typer.echo("no case waits")


@app.command("show")
def show_case(
    encounter: Annotated[str, typer.Argument(help="the encounter's id")],
    database_url: Database,
    practice: Practice = None,
) -> None:
    """Show a case: its documentation (PHI), without any codes until the second coder is done."""

    async def work(pool: asyncpg.Pool) -> dict[str, Any]:
        async with pool.acquire() as connection:
            case = await audit_store.find(connection, encounter, practice)
            ((_, row),) = await store.find(connection, encounter, case.practice_id)
        return shown(case, EncounterDocumented.from_json(row.documentation))

    typer.echo(json.dumps(run(work, database_url), indent=2))


@app.command()
def decide(
    encounter: Annotated[str, typer.Argument(help="the encounter's id")],
    database_url: Database,
    *,
    diagnosis: Diagnoses = None,
    line: Lines = None,
    practice: Practice = None,
    actor: Actor = "",
    role: Annotated[str, typer.Option("--role")] = "coder",
) -> None:
    """Code a case a second time, without having seen how it was coded.

    Example: claimstream coding audit decide E1 --dx J20.9 --line 99213@1
    """
    person = _person(actor, role, SECOND_CODERS)
    sets = code_sets()

    async def work(pool: asyncpg.Pool) -> str:
        async with pool.acquire() as connection, connection.transaction():
            case = await audit_store.find(connection, encounter, practice)
            second = coded_as(diagnosis, line, sets, case.service_date)
            now = clock_from_environment().now()
            return await audit_store.decide(connection, case, second, person, now)

    typer.echo(f"{encounter}: {run(work, database_url)}")


@app.command()
def adjudicate(
    encounter: Annotated[str, typer.Argument(help="the encounter's id")],
    database_url: Database,
    *,
    reason: Annotated[str, typer.Option("--reason", help="why; it is kept")],
    take: Annotated[str, typer.Option("--take", help="first or second")] = "",
    diagnosis: Diagnoses = None,
    line: Lines = None,
    despite: DespiteEdits = False,
    practice: Practice = None,
    actor: Actor = "",
    role: Annotated[str, typer.Option("--role")] = "auditor",
) -> None:
    """Settle a case on which two coders differ: take one coding, or give the codes.

    Where that changes the codes and the encounter still stands as it was drawn, it is coded again:
    a new version, decided by a person.

    Example: claimstream coding audit adjudicate E1 --take second --reason "the note bears it out"
    """
    if take not in ("", "first", "second") or bool(take) == bool(diagnosis or line):
        raise fail("give one of --take first, --take second, or codes by --dx and --line", 2)
    person = _person(actor, role, AUDITOR_ROLES, reason)

    async def work(pool: asyncpg.Pool) -> str:
        async with pool.acquire() as connection, connection.transaction():
            case = await audit_store.find(connection, encounter, practice)
        command = SettleAudit.model_validate(
            {
                "practice_id": case.practice_id,
                "actor": person.actor,
                "role": person.role,
                "reason": person.reason,
                "encounter_id": encounter,
                "take": take,
                "diagnoses": tuple(diagnosis or ()),
                "lines": tuple(decided_line(text) for text in line or ()),
                "despite_edits": despite,
            }
        )
        effects = await Processor(service(), pool, clock_from_environment()).act(command)
        async with pool.acquire() as connection:
            ((_, row),) = await store.find(connection, encounter, case.practice_id)
        return _became(row.state, case.version, again=bool(effects.emissions))

    typer.echo(f"{encounter}: adjudicated; {run(work, database_url)}")


def _became(state: EncounterState, drawn: int, *, again: bool) -> str:
    """What became of the encounter whose version ``drawn`` was looked at."""
    if again:
        return f"coded again as version {state.version}"
    if state.state == "coded" and state.version == drawn:
        return f"version {drawn} stands"
    return f"the encounter has gone on ({state.state}, version {state.version}) and is left so"


@app.command("figures")
def show_figures(
    database_url: Database,
    *,
    charges: Charges = None,
    practice: Practice = None,
    as_json: AsJson = False,
) -> None:
    """How far first codings agree with their reference: per coder, for the engine, for all.

    The reference is the adjudicated coding, else the second; cases that wait to be settled count
    with their second coding and are counted as open. Shares in permille, money in cents.
    """
    sets = code_sets()

    async def work(pool: asyncpg.Pool) -> list[AuditCase]:
        async with pool.acquire() as connection:
            return await audit_store.listed(
                connection, practice, ("agreed", "differs", "adjudicated")
            )

    cases = run(work, database_url)
    result = figures_of(cases, charges, sets)
    if as_json:
        typer.echo(json.dumps(result))
        return
    for coder, found in result["coders"].items():
        told = "  ".join(
            f"{name}={'-' if value is None else value}" for name, value in found.items()
        )
        typer.echo(f"{coder}: {told}")
    typer.echo(f"open: {result['open']}")


def figures_of(
    cases: list[AuditCase], charges: Path | None, sets: CodeSetLibrary
) -> dict[str, Any]:
    """The figures by coder, the engine among them, and of all."""
    listed = read_charges(charges)
    by_coder: dict[str, list[Any]] = {}
    for case in cases:
        if case.reference is not None:
            price = price_of(listed, sets, case.service_date)
            agreement = compared(case.first, case.reference, price)
            by_coder.setdefault(case.coder, []).append(agreement)
            by_coder.setdefault("all", []).append(agreement)
    return {
        "coders": {coder: asdict(figures(found)) for coder, found in sorted(by_coder.items())},
        "open": sum(case.status == "differs" for case in cases),
    }


def _person(actor: str, role: str, allowed: frozenset[str], reason: str = "") -> audit_store.Person:
    if role not in allowed:
        raise fail(f"the role is one of {', '.join(sorted(allowed))}")
    return audit_store.Person(acting(actor), role, why(reason, actor))


def coded_as(
    diagnoses: list[str] | None, lines: list[str] | None, sets: CodeSetLibrary, day: date
) -> Proposal:
    """The codes that a person gives, held to the same rules as any. Raises ``ToldError``."""
    decision = decision_of(
        _codes.validate_python(tuple(diagnoses or ())),
        [decided_line(text) for text in lines or ()],
    )
    try:
        return decided(decision, Proposal(), sets.on(day), day)
    except DecisionRefusedError as refusal:
        raise ToldError(f"refused ({refusal.reason}): {refusal.message}") from None


def _told(case: AuditCase) -> dict[str, Any]:
    return {
        "practice_id": case.practice_id,
        "encounter_id": case.encounter_id,
        "version": case.version,
        "service_date": case.service_date.isoformat(),
        "status": case.status,
        "risks": list(case.risks) if case.status != "waiting" else [],
    }


def shown(case: AuditCase, documented: EncounterDocumented) -> dict[str, Any]:
    """A case as plain data: codes and what made it risky only once the second coder is done.

    The codes that the EHR gave are part of the documentation and of no coding; they stay.
    """
    found = {
        **_told(case),
        "documentation": json.loads(documented.to_json()),
    }
    if case.status == "waiting" or case.second is None:
        return found
    found["first"] = {"by": case.coder, **codes_of(case.first)}
    found["second"] = {"by": case.second_by, **codes_of(case.second)}
    if case.final is not None:
        found["final"] = {"by": case.final_by, "reason": case.reason, **codes_of(case.final)}
    return found
