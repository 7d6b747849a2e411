"""``claimstream payer inquire | status``: asking a payer about a claim, and what it said."""

from collections.abc import Sequence
from typing import Annotated

import asyncpg
import orjson
import typer

from services.chassis.clock import clock_from_environment
from services.chassis.terminal import ToldError
from services.payer_gateway.commands.desk import (
    ON_DEMAND,
    Actor,
    AsJson,
    Database,
    PracticeId,
    Reason,
    Role,
    note,
    run,
    who,
)
from services.payer_gateway.domain.question import CLAIM_STATUS, Answer, in_words
from services.payer_gateway.partners import load_partners
from services.payer_gateway.questions import inquiry
from services.payer_gateway.questions.inquiry import KnownClaim
from services.payer_gateway.settings import GatewaySettings
from services.payer_gateway.stores import check_store, question_store
from services.payer_gateway.stores.question_store import AskedQuestion

ClaimId = Annotated[str, typer.Argument(help="the claim's id (CLM01)")]


def inquire(
    claim: ClaimId,
    database_url: Database,
    practice: PracticeId = None,
    *,
    reason: Reason = ON_DEMAND,
    role: Role = "biller",
    actor: Actor = "",
) -> None:
    """Ask the payer what became of a claim (276). The gateway sends it with its next files.

    claimstream payer status CLAIM shows what the payer answers.
    """

    async def work(pool: asyncpg.Pool) -> str:
        async with pool.acquire() as connection, connection.transaction():
            known = await _claim(connection, claim, practice)
            if known.is_paper:
                raise ToldError(f"claim {claim} went on paper: ask {known.payer_id} by phone")
            if known.sent is None:
                raise ToldError(f"claim {claim} is {known.state}: no payer has it yet")
            partner = load_partners(GatewaySettings.read().partners_file).get(known.payer_id)
            if partner is None:
                raise ToldError(f"payer {known.payer_id} is no trading partner any more")
            now = clock_from_environment().now()
            by = who(actor)
            asked = await inquiry.ask(
                connection, partner, known.sent, frozenset({claim}), now=now, asked_by=by
            )
            if asked.before:
                raise ToldError(
                    f"{known.payer_id} was asked about claim {claim} less than a minute ago, or "
                    f"the question waits to be sent: claimstream payer status {claim} shows it"
                )
            if not asked.now:
                why = asked.unsound.get(claim, "what was sent says too little")
                raise ToldError(f"claim {claim} cannot be asked about: {why}")
            subject = f"{known.practice_id}:{claim}"
            await note(connection, now, (by, role, reason), "InquireClaim", subject)
            return known.payer_id

    typer.echo(f"asked {run(work, database_url)} about claim {claim}")


def status(
    claim: ClaimId,
    database_url: Database,
    practice: PracticeId = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show where a claim stands, what was asked about it, and what the payer said."""

    async def work(pool: asyncpg.Pool) -> tuple[KnownClaim, Sequence[AskedQuestion], str]:
        async with pool.acquire() as connection:
            known = await _claim(connection, claim, practice)
            asked = await question_store.questions_about(
                connection, CLAIM_STATUS, claim, known.practice_id
            )
            check = await check_store.outcome_of(connection, claim, known.practice_id)
        return known, asked, "" if check is None else check[0] or "waits for the payer's answer"

    known, asked, coverage = run(work, database_url)
    if as_json:
        typer.echo(orjson.dumps(_document(claim, known, asked) | {"coverage": coverage}).decode())
        return
    typer.echo(f"claim {claim} of {known.practice_id} at {known.payer_id}: {known.state}")
    if coverage:
        typer.echo(f"coverage, asked before it was sent: {coverage}")
    for each in asked:
        by = each.asked_by or "the gateway"
        typer.echo(
            f"{each.asked_at:%Y-%m-%d %H:%M}  asked by {by}: {each.file_name}, {each.file_state}"
        )
        for answer in each.answers:
            typer.echo(f"{answer.received_at:%Y-%m-%d %H:%M}    {in_words(answer)}{_more(answer)}")
        if not each.answers:
            typer.echo("                    no answer yet")
    if not asked:
        typer.echo("nothing was asked about it")


def _more(answer: Answer) -> str:
    said = [f"{name.replace('_', ' ')} {value}" for name, value in answer.detail.items()]
    return f": {', '.join(said)}" if said else ""


def _document(claim: str, known: KnownClaim, asked: Sequence[AskedQuestion]) -> dict[str, object]:
    return {
        "claim_id": claim,
        "practice_id": known.practice_id,
        "payer_id": known.payer_id,
        "state": known.state,
        "questions": [
            {
                "asked_at": each.asked_at,
                "asked_by": each.asked_by,
                "file_name": each.file_name,
                "file_state": each.file_state,
                "answers": [
                    {
                        "received_at": answer.received_at,
                        "outcome": answer.outcome,
                        "codes": answer.codes,
                        "meaning": in_words(answer),
                        **answer.detail,
                    }
                    for answer in each.answers
                ],
            }
            for each in asked
        ],
    }


async def _claim(
    connection: asyncpg.Connection, claim_id: str, practice_id: str | None
) -> KnownClaim:
    found = await inquiry.claims_of(connection, claim_id, practice_id)
    if not found:
        raise ToldError(f"no claim {claim_id} is known")
    if len(found) > 1:
        several = ", ".join(each.practice_id for each in found)
        raise ToldError(f"several practices have a claim {claim_id}: name one ({several})")
    return found[0]
