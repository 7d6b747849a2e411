"""``claimstream payer silent | settle | resend``: payers that do not answer, and what is done."""

from collections.abc import Sequence
from typing import Annotated

import asyncpg
import typer

from services.chassis.terminal import ToldError
from services.payer_gateway.commands.desk import (
    Actor,
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
from services.payer_gateway.decisions.silence import ResendFile, SettleSilence
from services.payer_gateway.stores import resend_store, silence_store
from services.payer_gateway.stores.silence_store import SilenceEntry


def list_silences(
    database_url: Database,
    *,
    payer: Annotated[str | None, typer.Option("--payer", help="of one payer only")] = None,
    ended: Annotated[
        bool, typer.Option("--all", help="what came in the end or is in hand, too")
    ] = False,
    most: Most = 100,
) -> None:
    """List what payers have not answered in the time agreed, and what was done about it."""

    async def work(pool: asyncpg.Pool) -> Sequence[SilenceEntry]:
        async with pool.acquire() as connection:
            return await silence_store.list_silences(
                connection, ended=ended, payer_id=payer, most=most
            )

    found = run(work, database_url)
    for each in found:
        reason = f", {each.reason}" if each.reason else ""
        end = f", came {each.ended_at:%Y-%m-%d %H:%M}" if each.ended_at else ""
        typer.echo(
            f"{each.noticed_at:%Y-%m-%d %H:%M}  {each.payer_id:15} no {each.kind:21} for "
            f"{each.subject} since {each.since:%Y-%m-%d %H:%M}: {each.action}{reason}{end}"
        )
        if each.settled_at:
            typer.echo(
                f"{each.settled_at:%Y-%m-%d %H:%M}    in the hands of {each.settled_by}: "
                f"{each.settled_because}"
            )
    if not found:
        typer.echo("every answer came in its time")


def settle(
    subject: Annotated[str, typer.Argument(help="the claim or file, as silent lists it")],
    *,
    reason: Reason,
    database_url: Database,
    practice: PracticeId = None,
    role: Role = "biller",
    actor: Actor = "",
) -> None:
    """Take in hand what a payer does not answer; it is listed no more, and comes back with --all.

    Say what you know: claimstream payer settle CLAIM --reason "in process, they say by phone"
    """

    async def work(pool: asyncpg.Pool) -> int:
        async with pool.acquire() as connection:
            found = await silence_store.find_silences(connection, subject, practice)
        if not found:
            raise ToldError(f"nothing of {subject} is waited for in vain")
        if len({whose for _, whose in found}) > 1:
            several = ", ".join(dict.fromkeys(whose for _, whose in found))
            raise ToldError(f"several practices have a {subject}: name one ({several})")
        for silence, whose in found:
            await act(
                pool,
                SettleSilence(
                    practice_id=whose,
                    actor=who(actor),
                    role=role,
                    reason=reason,
                    file_id=silence.file_id,
                    kind=silence.kind,
                    subject=silence.subject,
                ),
            )
        return len(found)

    count = run(work, database_url)
    typer.echo(f"{subject}: {count} in hand")


def resend(
    file: Annotated[str, typer.Argument(help="the file's name, as files list has it")],
    *,
    reason: Reason,
    database_url: Database,
    practice: PracticeId = None,
    role: Role = "supervisor",
    actor: Actor = "",
) -> None:
    """Send a file again that the partner lost: the same bytes, the same control number.

    It goes out at the gateway's next look, a minute after the last time at the earliest. A file
    that the partner refused, or that the payer has answered from, is not sent again.

    For example:
        claimstream payer resend FILE --reason "never arrived, says their help desk"
    """

    async def work(pool: asyncpg.Pool) -> None:
        async with pool.acquire() as connection:
            found = await resend_store.files_named(connection, file)
            if practice is not None:
                found = [each for each in found if each[1] == practice]
        file_id, whose = only(found, f"file {file}")
        await act(
            pool,
            ResendFile(
                practice_id=whose,
                actor=who(actor),
                role=role,
                reason=reason,
                file_id=file_id,
                name=file,
            ),
        )

    run(work, database_url)
    typer.echo(f"{file} is sent again")
