"""``claimstream billing``: holds, denials, refunds, the ledger, and where the money is.

Each decision goes through the service's own rules in one transaction with its outbox and audit
rows. The database's address comes from the option or from its environment variable.
"""

import getpass
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import asyncpg
import typer

from services.billing.app import service
from services.billing.decisions import (
    DecideDenial,
    EncounterDecision,
    FixHold,
    OverrideHold,
    Refund,
)
from services.billing.domain.encounter_account import EncounterAccount
from services.billing.queries import ListedItem, find_accounts, open_items, read_postings
from services.billing.rule_files import RuleFileError
from services.billing.terminal import dollars, item_line, ledger_text
from services.billing.verification import money_in_flight
from services.chassis.clock import clock_from_environment
from services.chassis.processor import Processor
from services.chassis.terminal import ToldError, database_option, run_on_database

T = TypeVar("T")

app = typer.Typer(name="billing", help="Claims on hold, denials, the ledger.", no_args_is_help=True)
holds = typer.Typer(help="Claims that were not sent, and why.", no_args_is_help=True)
denials = typer.Typer(help="Amounts that payers refused.", no_args_is_help=True)
refunds = typer.Typer(help="Giving credits back to patients.", no_args_is_help=True)
app.add_typer(holds, name="holds")
app.add_typer(denials, name="denials")
app.add_typer(refunds, name="refunds")

DATABASE_VARIABLE = "CLAIMSTREAM_DATABASE_URL_BILLING"
OTHER_WORK = (
    "unmatched_remittance",
    "coordination_mismatch",
    "underpaid",
    "payer_credit",
    "status_inquiry",
    "information_request",
)

Database = Annotated[str, database_option(DATABASE_VARIABLE)]
Practice = Annotated[
    str | None, typer.Option("--practice", help="needed where two practices use the same id")
]
Actor = Annotated[str, typer.Option("--actor", help="who decides; your login name by default")]
Role = Annotated[str, typer.Option("--role", help="the role under which it is decided")]
Reason = Annotated[str, typer.Option("--reason", help="why; no names, it is kept in the audit log")]
Most = Annotated[int, typer.Option("--most", min=1, max=10_000)]


def _run(work: Callable[[asyncpg.Pool], Awaitable[T]], database_url: str) -> T:
    return run_on_database(work, database_url, variable=DATABASE_VARIABLE, told=(RuleFileError,))


def _list(
    database_url: str, kinds: tuple[str, ...], practice: str | None, subject: str | None, most: int
) -> None:
    async def work(pool: asyncpg.Pool) -> list[ListedItem]:
        async with pool.acquire() as connection:
            return await open_items(connection, kinds, practice, subject, most)

    found = _run(work, database_url)
    for item in found:
        typer.echo(item_line(item))
    if not found:
        typer.echo("nothing open")


async def _account(pool: asyncpg.Pool, subject: str, practice: str | None) -> EncounterAccount:
    async with pool.acquire() as connection:
        found = await find_accounts(connection, subject, practice)
    if not found:
        raise ToldError(f"billing knows no encounter or claim {subject}")
    if len(found) > 1:
        raise ToldError(f"{subject} exists in several practices; give --practice")
    return found[0]


async def _item(pool: asyncpg.Pool, item_id: str, practice: str | None) -> ListedItem:
    async with pool.acquire() as connection:
        found = await open_items(
            connection, ("hold", "denial", "unknown_adjustment", *OTHER_WORK), practice, item_id
        )
    if not found:
        raise ToldError(f"there is no open work item {item_id}")
    return found[0]


async def _act(pool: asyncpg.Pool, command: EncounterDecision) -> None:
    await Processor(service(), pool, clock_from_environment()).act(command)


@holds.command("list")
def list_holds(database_url: Database, practice: Practice = None, most: Most = 100) -> None:
    """List held claims, the nearest filing limit first."""
    _list(database_url, ("hold",), practice, None, most)


@holds.command("show")
def show_hold(
    claim: Annotated[str, typer.Argument(help="the claim's number")],
    database_url: Database,
    practice: Practice = None,
) -> None:
    """Show what holds a claim, and what it would be billed as."""

    async def work(pool: asyncpg.Pool) -> EncounterAccount:
        return await _account(pool, claim, practice)

    account = _run(work, database_url)
    for each in account.claims:
        if claim not in {each.claim_id, account.encounter_id}:
            continue
        deadline = each.filing_deadline.isoformat() if each.filing_deadline else "-"
        typer.echo(f"claim {each.claim_id}  {each.state}  filing limit {deadline}")
        for edit in each.edits:
            typer.echo(f"  held by {edit}")
        for line in each.content.lines:
            typer.echo(
                f"  line {line.line}: {line.code} {' '.join(line.modifiers)} x{line.units} "
                f"{dollars(line.charge_cents)} diagnoses {list(line.diagnosis_pointers)}"
            )


@holds.command("fix")
def fix(
    claim: Annotated[str, typer.Argument(help="the claim's number")],
    *,
    role: Role,
    reason: Reason,
    database_url: Database,
    charge: Annotated[list[str] | None, typer.Option(help="LINE=CENTS")] = None,
    modifiers: Annotated[list[str] | None, typer.Option(help="LINE=25,59")] = None,
    pointers: Annotated[list[str] | None, typer.Option(help="LINE=1,2")] = None,
    place_of_service: Annotated[str, typer.Option("--place-of-service")] = "",
    prior_authorization: Annotated[str, typer.Option("--prior-authorization")] = "",
    self_pay: Annotated[bool, typer.Option("--self-pay", help="the patient pays alone")] = False,
    practice: Practice = None,
    actor: Actor = "",
) -> None:
    """Correct a held claim and send it if it passes; without changes, only look again."""

    async def work(pool: asyncpg.Pool) -> str:
        account = await _account(pool, claim, practice)
        await _act(
            pool,
            FixHold(
                practice_id=account.practice_id,
                encounter_id=account.encounter_id,
                actor=actor or getpass.getuser(),
                role=role,
                reason=reason,
                claim_id=claim,
                charges={line: _number(cents[0]) for line, cents in _by_line(charge).items()},
                modifiers=_by_line(modifiers),
                pointers={
                    line: tuple(_number(each) for each in given)
                    for line, given in _by_line(pointers).items()
                },
                place_of_service=place_of_service,
                prior_authorization=prior_authorization,
                self_pay=self_pay,
            ),
        )
        return _standing(await _account(pool, account.encounter_id, account.practice_id))

    typer.echo(_run(work, database_url))


@holds.command("override")
def override(
    claim: Annotated[str, typer.Argument(help="the claim's number")],
    *,
    role: Role,
    reason: Reason,
    database_url: Database,
    edit: Annotated[list[str] | None, typer.Option(help="which edits; all that hold it")] = None,
    practice: Practice = None,
    actor: Actor = "",
) -> None:
    """Send a held claim in spite of edits that may be overridden."""

    async def work(pool: asyncpg.Pool) -> str:
        account = await _account(pool, claim, practice)
        await _act(
            pool,
            OverrideHold(
                practice_id=account.practice_id,
                encounter_id=account.encounter_id,
                actor=actor or getpass.getuser(),
                role=role,
                reason=reason,
                claim_id=claim,
                edits=tuple(edit or ()),
            ),
        )
        return _standing(await _account(pool, account.encounter_id, account.practice_id))

    typer.echo(_run(work, database_url))


@denials.command("list")
def list_denials(database_url: Database, practice: Practice = None, most: Most = 100) -> None:
    """List refused amounts, the nearest deadline first."""
    _list(database_url, ("denial", "unknown_adjustment"), practice, None, most)


@denials.command("show")
def show_denial(
    subject: Annotated[str, typer.Argument(help="a work item, claim or encounter")],
    database_url: Database,
    practice: Practice = None,
) -> None:
    """Show what was refused of an encounter or claim."""
    _list(database_url, ("denial", "unknown_adjustment"), practice, subject, 1_000)


@denials.command("decide")
def decide(
    item: Annotated[str, typer.Argument(help="the work item")],
    action: Annotated[
        str, typer.Argument(help="write_off, patient, correct, appeal or other_payer")
    ],
    *,
    role: Role,
    reason: Reason,
    database_url: Database,
    practice: Practice = None,
    actor: Actor = "",
) -> None:
    """Decide what becomes of a refused amount."""

    async def work(pool: asyncpg.Pool) -> str:
        found = await _item(pool, item, practice)
        values: dict[str, Any] = {
            "practice_id": found.practice_id,
            "encounter_id": found.encounter_id,
            "actor": actor or getpass.getuser(),
            "role": role,
            "reason": reason,
            "item_id": item,
            "action": action,
        }
        await _act(pool, DecideDenial.model_validate(values))
        return f"{item}: {action}"

    typer.echo(_run(work, database_url))


def _refund(step: str, subject: str, amount_cents: int, options: dict[str, Any]) -> None:
    database_url, practice = options.pop("database_url"), options.pop("practice")

    async def work(pool: asyncpg.Pool) -> str:
        account = await _account(pool, subject, practice)
        values: dict[str, Any] = {
            **options,
            "practice_id": account.practice_id,
            "encounter_id": account.encounter_id,
            "step": step,
            "amount_cents": amount_cents,
        }
        await _act(pool, Refund.model_validate(values))
        return f"{dollars(amount_cents)}: {step}"

    typer.echo(_run(work, database_url))


Cents = Annotated[int, typer.Option("--amount-cents", min=1, help="integer cents")]


@refunds.command("approve")
def approve(
    encounter: Annotated[str, typer.Argument()],
    *,
    amount_cents: Cents,
    role: Role,
    reason: Reason,
    database_url: Database,
    practice: Practice = None,
    actor: Actor = "",
) -> None:
    """Approve the refund of an encounter's credit."""
    options = {"database_url": database_url, "practice": practice, "role": role, "reason": reason}
    _refund("approve", encounter, amount_cents, {**options, "actor": actor or getpass.getuser()})


@refunds.command("pay")
def pay(
    encounter: Annotated[str, typer.Argument()],
    *,
    amount_cents: Cents,
    role: Role,
    reason: Reason,
    database_url: Database,
    practice: Practice = None,
    actor: Actor = "",
) -> None:
    """Record that an approved refund was paid; by somebody else than who approved it."""
    options = {"database_url": database_url, "practice": practice, "role": role, "reason": reason}
    _refund("pay", encounter, amount_cents, {**options, "actor": actor or getpass.getuser()})


@app.command("work")
def work_list(database_url: Database, practice: Practice = None, most: Most = 100) -> None:
    """List what else needs a person: unmatched remittances, underpayments, credits, silence."""
    _list(database_url, OTHER_WORK, practice, None, most)


@app.command("ledger")
def ledger(
    subject: Annotated[str, typer.Argument(help="an encounter or a claim")],
    database_url: Database,
    practice: Practice = None,
) -> None:
    """Print an account's postings and balances, and prove each line; exit 1 when one is broken."""

    async def work(pool: asyncpg.Pool) -> list[str]:
        account = await _account(pool, subject, practice)
        async with pool.acquire() as connection:
            postings = await read_postings(
                connection, account.practice_id, f"encounter:{account.encounter_id}"
            )
        return list(ledger_text(account, postings))

    lines = _run(work, database_url)
    for line in lines:
        typer.echo(line)
    if any(line.strip().startswith("BROKEN") for line in lines):
        raise typer.Exit(1)


@app.command("money")
def money(database_url: Database, practice: Practice = None) -> None:
    """Print where every charged cent is; the parts add up to the charges."""

    async def work(pool: asyncpg.Pool) -> dict[str, int]:
        async with pool.acquire() as connection:
            return await money_in_flight(connection, practice)

    parts = _run(work, database_url)
    for name, cents in parts.items():
        typer.echo(f"{name:<28} {dollars(cents):>16}")
    typer.echo(f"{'charges':<28} {dollars(sum(parts.values())):>16}")


def _by_line(options: list[str] | None) -> dict[int, tuple[str, ...]]:
    given: dict[int, tuple[str, ...]] = {}
    for option in options or ():
        line, separator, values = option.partition("=")
        if not separator or not line.isdigit():
            raise ToldError(f"{option} is not LINE=VALUE")
        given[int(line)] = tuple(each for each in values.split(",") if each)
        if not given[int(line)]:
            raise ToldError(f"{option} gives no value")
    return given


def _number(text: str) -> int:
    if not text.isdecimal():
        raise ToldError(f"{text} is not a whole number")
    return int(text)


def _standing(account: EncounterAccount) -> str:
    return "\n".join(
        f"claim {claim.claim_id}  {claim.state}"
        + (f"  {', '.join(claim.edits)}" if claim.edits else "")
        for claim in account.claims
        if not claim.replaced_by
    )
