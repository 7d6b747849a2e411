"""``claimstream payer``: files to and from payers, what they are asked, and quarantine.

A decision goes through the service's own rules in one transaction with its outbox and audit rows.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from uuid import UUID

import asyncpg
import msgspec
import typer

from services.chassis.terminal import ToldError
from services.payer_gateway.commands import claims, eligibility, paper, remittance, silence
from services.payer_gateway.commands.desk import (
    DATABASE_VARIABLE,
    Actor,
    AsJson,
    Database,
    Most,
    Reason,
    Role,
    act,
    who,
)
from services.payer_gateway.commands.desk import run as _run
from services.payer_gateway.decisions.quarantine import (
    QuarantineCommand,
    RejectQuarantined,
    ReleaseQuarantined,
)
from services.payer_gateway.domain.examination import Examination
from services.payer_gateway.domain.quarantine import QuarantineItem
from services.payer_gateway.files import examiner
from services.payer_gateway.stores import desk_store

app = typer.Typer(
    name="payer", help="Files to and from payers, and quarantine.", no_args_is_help=True
)
files = typer.Typer(help="Files as sent and received.", no_args_is_help=True)
quarantine = typer.Typer(help="What could not be used.", no_args_is_help=True)
app.add_typer(files, name="files")
app.add_typer(quarantine, name="quarantine")
app.command("inquire")(claims.inquire)
app.command("status")(claims.status)
app.command("eligibility")(eligibility.eligibility)
app.command("silent")(silence.list_silences)
app.command("settle")(silence.settle)
app.command("resend")(silence.resend)
app.add_typer(paper.paper, name="paper")
app.add_typer(remittance.remittance, name="remittance")
app.command("printed")(paper.printed)
app.command("mailed")(paper.mailed)
app.command("give-back")(paper.give_back)

__all__ = ["DATABASE_VARIABLE", "app"]

_PDF = b"%PDF"


@files.command("list")
def list_files(
    database_url: Database,
    payer: Annotated[str | None, typer.Option("--payer", help="of one payer only")] = None,
    most: Most = 50,
) -> None:
    """List files in both directions, newest first."""

    async def work(pool: asyncpg.Pool) -> list[desk_store.FileEntry]:
        async with pool.acquire() as connection:
            return await desk_store.list_files(connection, payer, most)

    found = _run(work, database_url)
    for each in found:
        typer.echo(
            f"{each.at:%Y-%m-%d %H:%M}  {each.direction:3}  {each.payer_id:15} {each.state:11} "
            f"{each.detail or '-':12} {each.name}"
        )
    if not found:
        typer.echo("no files")


@files.command("show")
def show_file(
    name: Annotated[str, typer.Argument(help="the file's name")], database_url: Database
) -> None:
    """Print a file one segment a line. It holds names and diagnoses: mind who looks on."""
    content = _content(name, database_url)
    if content.startswith(_PDF):
        typer.echo(f"{name} is a PDF: claimstream payer files save writes it", err=True)
        raise typer.Exit(1)
    text = content.decode("utf-8", errors="replace")
    terminator = text[105:106] if text.startswith("ISA") else ""
    if terminator.strip():
        text = text.replace(terminator, f"{terminator}\n")
    typer.echo(text)


@files.command("save")
def save_file(
    name: Annotated[str, typer.Argument(help="the file's name")],
    to: Annotated[Path, typer.Argument(help="where to write it")],
    database_url: Database,
) -> None:
    """Write a file's bytes as they were sent or received."""
    content = _content(name, database_url)
    try:
        to.write_bytes(content)
    except OSError as error:
        typer.echo(f"{to} cannot be written: {error.strerror}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"wrote {to}")


@files.command("check")
def check_file(
    name: Annotated[str, typer.Argument(help="the name of a file that was received")],
    database_url: Database,
    *,
    as_json: AsJson = False,
) -> None:
    """Show what breaks the guide in a received file, SNIP levels 1 to 5; exit 1 where errors are.

    Every received file is checked once it is read. One that was sent was checked before.
    """

    async def work(pool: asyncpg.Pool) -> list[Examination | None]:
        async with pool.acquire() as connection:
            return await examiner.found_in(connection, name)

    found = _run(work, database_url)
    if not found:
        typer.echo(f"no file {name} was received", err=True)
        raise typer.Exit(1)
    checked = [each for each in found if each is not None]
    if as_json:
        typer.echo(msgspec.json.encode(checked).decode())
    for each in () if as_json else checked:
        typer.echo(f"{name}: {each.errors} errors, {each.warnings} warnings")
        for fault in each.faults:
            place = " ".join(filter(None, (fault.path, fault.element, f"segment {fault.segment}")))
            typer.echo(
                f"  {fault.severity} {fault.rule} (level {fault.snip_level}) at {place}: "
                f"{fault.message}"
            )
    if len(checked) < len(found):
        typer.echo(f"{name} is not checked yet", err=True)
    raise typer.Exit(int(len(checked) < len(found) or any(each.errors for each in checked)))


def _content(name: str, database_url: str) -> bytes:
    async def work(pool: asyncpg.Pool) -> bytes:
        async with pool.acquire() as connection:
            found = await desk_store.file_contents(connection, name)
        if not found:
            raise ToldError(f"no file {name} is known")
        if len(set(found)) > 1:
            raise ToldError(f"{len(found)} different files are called {name}")
        return found[0]

    return _run(work, database_url)


@quarantine.command("list")
def list_quarantine(
    database_url: Database,
    *,
    settled: Annotated[bool, typer.Option("--all", help="settled items too")] = False,
    most: Most = 100,
) -> None:
    """List what was set aside, oldest first, with the reason."""

    async def work(pool: asyncpg.Pool) -> None:
        async with pool.acquire() as connection:
            found = await desk_store.list_items(connection, settled=settled, most=most)
        for opened_at, item in found:
            typer.echo(
                f"{item.item_id}  {opened_at:%Y-%m-%d %H:%M}  {item.payer_id:15} "
                f"{item.kind:12} {item.subject:20} {item.state:8} {item.reason}"
            )
        if not found:
            typer.echo("nothing is in quarantine")

    _run(work, database_url)


@quarantine.command("show")
def show_quarantine(
    item: Annotated[UUID, typer.Argument(help="the item's id")], database_url: Database
) -> None:
    """Show an item's findings, its file, and what a release would do."""
    found, name = _item(item, database_url)
    typer.echo(f"{found.kind} {found.subject} of {found.payer_id}: {found.state}")
    if found.settled_because:
        typer.echo(f"because: {found.settled_because}")
    typer.echo(f"file: {name or 'none'}")
    for finding in found.findings:
        place = " ".join(
            part
            for part in (
                finding.path,
                finding.element,
                f"segment {finding.segment}" if finding.segment else "",
            )
            if part
        )
        typer.echo(f"  {finding.rule} ({place or 'whole'}): {finding.message}")
        if finding.expected_cents is not None and finding.found_cents is not None:
            typer.echo(
                f"    expected {finding.expected_cents} cents, found {finding.found_cents} cents"
            )
    typer.echo(_what_release_does(found))


def _what_release_does(item: QuarantineItem) -> str:
    if item.held.read_again:
        return "release: the file is read once more"
    if item.held.events:
        return f"release: {len(item.held.events)} events are published as they stand"
    return "release: not possible, nothing of it can be published"


def _item(item_id: UUID, database_url: str) -> tuple[QuarantineItem, str]:
    async def work(pool: asyncpg.Pool) -> tuple[QuarantineItem, str]:
        async with pool.acquire() as connection:
            found = await desk_store.find_item(connection, item_id)
        if found is None:
            raise ToldError(f"there is no quarantined item {item_id}")
        return found

    return _run(work, database_url)


@quarantine.command("release")
def release_item(
    item: Annotated[UUID, typer.Argument(help="the item's id")],
    *,
    reason: Reason,
    role: Role,
    database_url: Database,
    actor: Actor = "",
) -> None:
    """Publish what an item holds, or have its file read again."""
    published = _decide(ReleaseQuarantined, item, (actor, role, reason), database_url)
    typer.echo(f"released: {published} events published")


@quarantine.command("reject")
def reject_item(
    item: Annotated[UUID, typer.Argument(help="the item's id")],
    *,
    reason: Reason,
    role: Role,
    database_url: Database,
    actor: Actor = "",
) -> None:
    """Give an item up; its file stays stored."""
    _decide(RejectQuarantined, item, (actor, role, reason), database_url)
    typer.echo("rejected")


def _decide(
    decision: type[QuarantineCommand],
    item_id: UUID,
    by: tuple[str, str, str],
    database_url: str,
) -> int:
    actor, role, reason = by
    found, _ = _item(item_id, database_url)

    async def work(pool: asyncpg.Pool) -> int:
        command = decision(
            practice_id=found.practice_id,
            actor=who(actor),
            role=role,
            reason=reason,
            item_id=item_id,
        )
        return len((await act(pool, command)).emissions)

    return _run(work, database_url)


@app.command("proof")
def prove_filing(
    claim: Annotated[str, typer.Argument(help="the claim's id (CLM01)")],
    database_url: Database,
) -> None:
    """Show that and when a claim was sent, and every answer that speaks of it or of its file.

    Each file with the hash of its bytes as sent or received, which claimstream payer files save
    writes: what a payer that says "too late" is shown. Other versions of the claim that the same
    payer was sent follow.
    """

    async def work(
        pool: asyncpg.Pool,
    ) -> tuple[Sequence[desk_store.Proof], Sequence[tuple[str, Sequence[desk_store.Proof]]]]:
        async with pool.acquire() as connection:
            others = [
                (other, await desk_store.proof_of(connection, other))
                for other in await desk_store.sent_versions(connection, claim)
            ]
            return await desk_store.proof_of(connection, claim), others

    found, others = _run(work, database_url)
    _show_proof(found)
    for other, of_other in others:
        typer.echo(f"another version of it, {other}:")
        _show_proof(of_other)
    if not found and not others:
        typer.echo(f"no claim {claim} is known", err=True)
        raise typer.Exit(1)


def _show_proof(found: Sequence[desk_store.Proof]) -> None:
    for each in found:
        typer.echo(
            f"{each.at:%Y-%m-%d %H:%M:%S}  {each.direction:3} {each.what:24} {each.name}  "
            f"{each.size:,} bytes  sha256 {each.sha256}"
        )
