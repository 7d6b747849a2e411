"""``claimstream payer paper | printed | mailed | give-back``: claims on forms, and their post."""

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Annotated
from uuid import UUID

import asyncpg
import orjson
import typer

from services.chassis.clock import clock_from_environment
from services.chassis.effects import Effects
from services.payer_gateway.commands.desk import (
    Actor,
    AsJson,
    Database,
    Most,
    PracticeId,
    Reason,
    Role,
    act,
    only,
    run,
    who,
)
from services.payer_gateway.decisions.paper import GiveBack, MarkMailed, MarkPrinted, PaperCommand
from services.payer_gateway.paper.printing import REMITTANCE
from services.payer_gateway.stores import paper_store
from services.payer_gateway.stores.paper_store import BatchDetails, ListedBatch

paper = typer.Typer(help="Claims on forms, batch by batch.", no_args_is_help=True)

BatchName = Annotated[str, typer.Argument(help="the batch, as paper list names it")]
Note = Annotated[str, typer.Option("--reason", help="a remark; kept in the audit log")]


@paper.command("list")
def list_batches(
    database_url: Database,
    *,
    payer: Annotated[str | None, typer.Option("--payer", help="of one payer only")] = None,
    mailed: Annotated[bool, typer.Option("--all", help="what was mailed, too")] = False,
    most: Most = 100,
    as_json: AsJson = False,
) -> None:
    """List the batches that are to be printed and mailed, oldest first."""

    async def work(pool: asyncpg.Pool) -> list[ListedBatch]:
        async with pool.acquire() as connection:
            return await paper_store.list_batches(
                connection, mailed=mailed, payer_id=payer, most=most
            )

    found = run(work, database_url)
    if as_json:
        typer.echo(orjson.dumps(found).decode())
        return
    for each in found:
        typer.echo(
            f"{each.made_at:%Y-%m-%d %H:%M}  {each.payer_id:15} {each.claims:>4} claims on "
            f"{each.forms:>4} forms, {each.cuts} cut  {_stands(each):26} {each.name}"
        )
    if not found:
        typer.echo("no forms are to be mailed")


def _stands(batch: ListedBatch) -> str:
    if batch.mailed_at:
        return f"mailed {batch.mailed_at:%Y-%m-%d} {batch.mailed_how}".rstrip()
    if batch.printed_at:
        return f"printed {batch.printed_at:%Y-%m-%d}"
    return "in the outbox" if batch.state == "outbox" else "waits for the outbox"


@paper.command("show")
def show_batch(batch: BatchName, database_url: Database) -> None:
    """Show the claims of a batch, what did not fit on their forms, and the hashes of its PDFs."""

    async def work(pool: asyncpg.Pool) -> BatchDetails:
        async with pool.acquire() as connection:
            file_id, _ = only(await paper_store.find_batches(connection, batch), f"batch {batch}")
            return await paper_store.details_of(connection, file_id)

    found = run(work, database_url)
    typer.echo(f"forms       sha256 {found.sha256}")
    typer.echo(f"cover list  sha256 {found.cover_sha256}  {found.cover_name}")
    for said, by in (("printed", found.printed_by), ("mailed", found.mailed_by)):
        if by:
            typer.echo(f"{said} by {by}")
    for claim_id in found.claim_ids:
        gone = ", taken out" if claim_id in found.withdrawn else ""
        typer.echo(f"{claim_id}{gone}")
        if claim_id in found.attached:
            typer.echo(f"    attach the {REMITTANCE}")
        for cut in found.cuts:
            if cut.claim_id == claim_id:
                typer.echo(f"    form {cut.form}: {cut.message}")


def printed(
    batch: BatchName,
    database_url: Database,
    *,
    role: Role = "biller",
    reason: Note = "",
    actor: Actor = "",
) -> None:
    """Say that the forms of a batch are printed."""

    def command(file_id: UUID, practice_id: str) -> MarkPrinted:
        return MarkPrinted(
            practice_id=practice_id, actor=who(actor), role=role, reason=reason, file_id=file_id
        )

    _say(batch, command, database_url)
    typer.echo(f"{batch}: printed")


def mailed(
    batch: BatchName,
    database_url: Database,
    on: Annotated[
        datetime | None,
        typer.Option("--on", formats=["%Y-%m-%d"], help="the day; today without"),
    ] = None,
    *,
    how: Annotated[
        str, typer.Option("--how", help="by which post, and its number: the proof of mailing")
    ] = "",
    role: Role = "biller",
    reason: Note = "",
    actor: Actor = "",
) -> None:
    """Say that the forms of a batch are mailed: their claims count as sent from that day on.

    For example:
        claimstream payer mailed BATCH --on 2026-03-02 --how "certified, 7014 0510 0000 1234"
    """
    now = clock_from_environment().now()
    at = now
    if on is not None and on.date() != now.date():
        at = datetime.combine(on.date(), time(12), tzinfo=UTC)

    def command(file_id: UUID, practice_id: str) -> MarkMailed:
        return MarkMailed(
            practice_id=practice_id,
            actor=who(actor),
            role=role,
            reason=reason or how,
            file_id=file_id,
            mailed_at=at,
            how=how,
        )

    effects = _say(batch, command, database_url)
    typer.echo(f"{batch}: {len(effects.emissions)} claims mailed on {at:%Y-%m-%d}")


def _say(batch: str, command: Callable[[UUID, str], PaperCommand], database_url: str) -> Effects:
    async def work(pool: asyncpg.Pool) -> Effects:
        async with pool.acquire() as connection:
            found = only(await paper_store.find_batches(connection, batch), f"batch {batch}")
        return await act(pool, command(*found))

    return run(work, database_url)


def give_back(
    claim: Annotated[str, typer.Argument(help="the claim's id (CLM01)")],
    *,
    reason: Reason,
    database_url: Database,
    practice: PracticeId = None,
    role: Role = "biller",
    actor: Actor = "",
) -> None:
    """Give a claim on paper back to billing: the payer sent it back, or it must not be mailed.

    The reason goes to billing; write no names. A claim of a batch that is not mailed yet is taken
    out of it: take its forms out, too.
    """

    async def work(pool: asyncpg.Pool) -> Effects:
        async with pool.acquire() as connection:
            found = await paper_store.batches_of_claim(connection, claim, practice)
        file_id, practice_id = only(found, f"claim {claim} on paper")
        return await act(
            pool,
            GiveBack(
                practice_id=practice_id,
                actor=who(actor),
                role=role,
                reason=reason,
                file_id=file_id,
                claim_id=claim,
            ),
        )

    run(work, database_url)
    typer.echo(f"claim {claim} is given back")
