"""``claimstream statements``: what people do with patient statements and accounts.

Each decision goes through the service's own rules in one transaction with its outbox and audit
rows. The database's address comes from the option or from its environment variable.
"""

import getpass
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import asyncpg
import typer

from schemas.event_id import root_event_id
from services.chassis.clock import clock_from_environment
from services.chassis.incoming import Command
from services.chassis.processor import Processor
from services.chassis.terminal import ToldError, database_option, run_on_database
from services.patient_statements.app import service
from services.patient_statements.decisions import PlaceHold, RecordPayment, ReleaseHold
from services.patient_statements.domain.us_format import dollars
from services.patient_statements.statement_store import (
    StoredStatement,
    find_statements,
    list_statements,
    practices_of_account,
)

T = TypeVar("T")

app = typer.Typer(name="statements", help="Patient statements and accounts.", no_args_is_help=True)

DATABASE_VARIABLE = "CLAIMSTREAM_DATABASE_URL_PATIENT_STATEMENTS"

Database = Annotated[str, database_option(DATABASE_VARIABLE)]
Practice = Annotated[
    str | None, typer.Option("--practice", help="needed where two practices use the same id")
]
Actor = Annotated[str, typer.Option("--actor", help="who decides; your login name by default")]
Role = Annotated[str, typer.Option("--role", help="the role under which it is decided")]


def _run(work: Callable[[asyncpg.Pool], Awaitable[T]], database_url: str) -> T:
    return run_on_database(work, database_url, variable=DATABASE_VARIABLE)


async def _act(pool: asyncpg.Pool, command: Command) -> int:
    clock = clock_from_environment()
    processor = Processor(service(), pool, clock)
    effects = await processor.act(command)
    return len(effects.emissions)


async def _practice(pool: asyncpg.Pool, account_id: str, practice_id: str | None) -> str:
    if practice_id is not None:
        return practice_id
    async with pool.acquire() as connection:
        found = await practices_of_account(connection, account_id)
    if not found:
        raise ToldError(f"no account {account_id} is known")
    if len(found) > 1:
        raise ToldError(f"account {account_id} exists in {', '.join(found)}; give --practice")
    return found[0]


async def _statement(
    pool: asyncpg.Pool, statement_id: str, practice_id: str | None
) -> StoredStatement:
    async with pool.acquire() as connection:
        found = await find_statements(connection, statement_id, practice_id)
    if not found:
        raise ToldError(f"no statement {statement_id} is known")
    if len(found) > 1:
        raise ToldError(f"statement {statement_id} exists in several practices; give --practice")
    return found[0]


@app.command("list")
def list_command(
    database_url: Database,
    practice: Practice = None,
    account: Annotated[str | None, typer.Option("--account", help="of one account only")] = None,
    most: Annotated[int, typer.Option("--most", min=1, max=10_000)] = 50,
) -> None:
    """List statements, newest first: ids, amounts and dates, no names."""

    async def work(pool: asyncpg.Pool) -> None:
        async with pool.acquire() as connection:
            found = await list_statements(connection, practice, account, most)
        for each in found:
            state = each.state if each.withdrawn_as is None else f"withdrawn ({each.withdrawn_as})"
            typer.echo(
                f"{each.statement_id}  {each.practice_id}  {each.account_id}  #{each.number}  "
                f"{each.notice}  {dollars(each.total_cents)}  due {each.due_on}  {state}"
            )
        if not found:
            typer.echo("no statements")

    _run(work, database_url)


@app.command()
def show(
    statement: Annotated[str, typer.Argument(help="the statement's number")],
    database_url: Database,
    practice: Practice = None,
    html: Annotated[Path | None, typer.Option("--html", help="write the page here")] = None,
    pdf: Annotated[Path | None, typer.Option("--pdf", help="write the PDF here")] = None,
) -> None:
    """Show a statement's figures, and write its documents to files."""

    async def work(pool: asyncpg.Pool) -> StoredStatement:
        return await _statement(pool, statement, practice)

    stored = _run(work, database_url)
    summary = stored.summary
    typer.echo(f"statement {summary.statement_id}, number {summary.number} of its account")
    typer.echo(f"practice {summary.practice_id}, account {summary.account_id}")
    typer.echo(f"notice {summary.notice}, state {summary.withdrawn_as or summary.state}")
    for each in stored.content.encounters:
        typer.echo(
            f"  encounter {each.encounter_id} (version {each.version}) of {each.service_date}: "
            f"{dollars(each.balance_cents)}"
        )
    typer.echo(f"total {dollars(summary.total_cents)}, due {summary.due_on}")
    for path, content in ((html, stored.html), (pdf, stored.pdf)):
        if path is None:
            continue
        if content is None:
            typer.echo("it was not issued, so that it has no documents", err=True)
            raise typer.Exit(1)
        try:
            path.write_bytes(content)
        except OSError as error:
            typer.echo(f"{path} cannot be written: {error.strerror}", err=True)
            raise typer.Exit(1) from None
        typer.echo(f"wrote {path}")


@app.command()
def pay(
    account: Annotated[str, typer.Argument(help="the account that the money is for")],
    *,
    amount_cents: Annotated[int, typer.Option("--amount-cents", help="integer cents")],
    database_url: Database,
    method: Annotated[str, typer.Option("--method", help="card, cash, check or ach")] = "card",
    payment_id: Annotated[
        str | None,
        typer.Option("--payment-id", help="the receipt's id; the same id is recorded once"),
    ] = None,
    practice: Practice = None,
    actor: Actor = "",
    role: Role = "cashier",
) -> None:
    """Record a payment; what it is more than the balances stays unapplied."""

    async def work(pool: asyncpg.Pool) -> str:
        practice_id = await _practice(pool, account, practice)
        now = clock_from_environment().now()
        receipt = payment_id or f"PAY-{root_event_id(now, practice_id, account, str(amount_cents))}"
        command = RecordPayment.model_validate(
            {
                "practice_id": practice_id,
                "actor": actor or getpass.getuser(),
                "role": role,
                "account_id": account,
                "payment_id": receipt,
                "amount_cents": amount_cents,
                "method": method,
            }
        )
        recorded = await _act(pool, command)
        return f"{receipt} {'recorded' if recorded else 'was recorded before'}"

    typer.echo(_run(work, database_url))


def _decide_hold(
    kind: type[PlaceHold] | type[ReleaseHold],
    database_url: str,
    *,
    account: str,
    practice: str | None,
    actor: str,
    role: str,
    reason: str,
    done: Literal["on hold", "released"],
) -> None:
    async def work(pool: asyncpg.Pool) -> str:
        practice_id = await _practice(pool, account, practice)
        command = kind(
            practice_id=practice_id,
            actor=actor or getpass.getuser(),
            role=role,
            reason=reason,
            account_id=account,
        )
        await _act(pool, command)
        return f"account {account} is {done}"

    typer.echo(_run(work, database_url))


@app.command()
def hold(
    account: Annotated[str, typer.Argument()],
    *,
    reason: Annotated[str, typer.Option("--reason", help="a code, such as billing_dispute")],
    role: Role,
    database_url: Database,
    practice: Practice = None,
    actor: Actor = "",
) -> None:
    """Stop an account's statements."""
    _decide_hold(
        PlaceHold,
        database_url,
        account=account,
        practice=practice,
        actor=actor,
        role=role,
        reason=reason,
        done="on hold",
    )


@app.command()
def release(
    account: Annotated[str, typer.Argument()],
    *,
    reason: Annotated[str, typer.Option("--reason", help="why it may go on; no names")],
    role: Role,
    database_url: Database,
    practice: Practice = None,
    actor: Actor = "",
) -> None:
    """Let an account's statements go on."""
    _decide_hold(
        ReleaseHold,
        database_url,
        account=account,
        practice=practice,
        actor=actor,
        role=role,
        reason=reason,
        done="released",
    )
