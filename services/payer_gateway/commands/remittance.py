"""``claimstream payer remittance``: what a payer paid by paper, entered by a person."""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import asyncpg
import typer

from services.chassis.effects import Effects
from services.chassis.terminal import ToldError
from services.payer_gateway.commands.desk import Actor, Database, PracticeId, Role, act, run, who
from services.payer_gateway.decisions.remittance import EnterRemittance
from services.payer_gateway.domain.paper_remittance import EnteredPayment, FormError, read_form
from services.payer_gateway.domain.question_file import claims_in
from services.payer_gateway.questions import inquiry
from services.payer_gateway.questions.inquiry import KnownClaim
from services.payer_gateway.x12.professional_claim import Claim

remittance = typer.Typer(help="What payers paid, told on paper.", no_args_is_help=True)

_STDIN = "-"
_LONGEST_FORM = 1 << 20
_HEAD = """\
payer = "{payer}"
check = ""              # the number on the check, or on the notice where nothing is paid
on =                    # the day on the check, as 2026-03-02
amount = ""             # of the check, in dollars: "120.50"

# What a payer moved apart from claims; a positive amount lowers the check:
# [[provider_adjustments]]
# reason = "L6"         # interest; WO takes back, FB carries forward, 72 acknowledges a refund
# reference = ""
# amount = "-1.25"
"""
_CLAIM = """
[[claims]]
claim = "{claim}"
status = "1"            # 1, 2, 3 processed as first, second, third payer; 22 takes back
charge = "{charge}"
paid = ""
patient_responsibility = ""
payer_control_number = ""
remarks = []
adjustments = []        # of the claim as a whole, such as "CO 45 49.50"
"""
_LINE = """
[[claims.lines]]
line = {line}
code = "{code}"
modifiers = [{modifiers}]
units = {units}
charge = "{charge}"
paid = ""
adjustments = []        # "CO 45 49.50", "PR 3 30.00": with what is paid they are the charge
"""


@remittance.command("form")
def form(
    claims: Annotated[list[str], typer.Argument(help="the claims (CLM01) that the paper names")],
    database_url: Database,
    practice: PracticeId = None,
) -> None:
    """Print a form for a check, with what is known of its claims; fill it in, then enter it.

    For example:
        claimstream payer remittance form CLAIM1 CLAIM2 > check-10023.toml
    """

    async def work(pool: asyncpg.Pool) -> list[tuple[KnownClaim, Claim | None]]:
        async with pool.acquire() as connection:
            return [
                await _as_sent(each, await _known(connection, each, practice)) for each in claims
            ]

    found = run(work, database_url)
    typer.echo(_HEAD.format(payer=found[0][0].payer_id), nl=False)
    for claim_id, (_, sent) in zip(claims, found, strict=True):
        typer.echo("".join(_form_of(claim_id, sent)), nl=False)


async def _known(connection: asyncpg.Connection, claim_id: str, practice: str | None) -> KnownClaim:
    found = await inquiry.claims_of(connection, claim_id, practice)
    if len(found) != 1:
        wrong = "several practices have" if found else "nobody here sent"
        raise ToldError(f"{wrong} a claim {claim_id}")
    return found[0]


async def _as_sent(claim_id: str, known: KnownClaim) -> tuple[KnownClaim, Claim | None]:
    """The claim as it went out; None where it went on paper, or not yet."""
    if known.sent is None:
        return known, None
    (claim,) = await asyncio.to_thread(claims_in, known.sent.content, frozenset({claim_id}))
    return known, claim


def _form_of(claim_id: str, sent: Claim | None) -> Iterator[str]:
    charge = _dollars(sent.total_charge_cents) if sent else ""
    yield _CLAIM.format(claim=claim_id, charge=charge)
    for line in sent.lines if sent else ():
        yield _LINE.format(
            line=line.control_number,
            code=line.procedure.code,
            modifiers=", ".join(f'"{each}"' for each in line.procedure.modifiers),
            units=line.units,
            charge=_dollars(line.charge_cents),
        )


def _dollars(cents: int) -> str:
    whole, part = divmod(cents, 100)
    return f"{whole}.{part:02d}"


@remittance.command("enter")
def enter(
    file: Annotated[str, typer.Argument(help="the form, filled in; - for standard input")],
    database_url: Database,
    practice: PracticeId = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="say what is wrong with the form, enter nothing")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", help="a remark, kept in the audit log")] = "",
    role: Role = "biller",
    actor: Actor = "",
) -> None:
    """Enter what a payer paid and told on paper: its claims are posted as by an 835.

    Lines, claims and the check balance to the cent, or nothing is taken. A check is entered once,
    by its number, day and amount; an 835 of it that comes later is a duplicate.

    For example:
        claimstream payer remittance form CLAIM1 > check-10023.toml
        claimstream payer remittance enter check-10023.toml --role biller
    """
    try:
        text = _text(file)
        entered = read_form(text)
    except FormError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if dry_run:
        typer.echo(f"{_summary(entered)}: it balances, nothing is entered")
        return

    async def work(pool: asyncpg.Pool) -> Effects:
        return await act(
            pool,
            EnterRemittance(
                practice_id=practice or await _practice_of(pool, entered),
                actor=who(actor),
                role=role,
                reason=reason,
                form=text,
                subject=f"{entered.payer_id}:{entered.remittance.trace_number}",
            ),
        )

    effects = run(work, database_url)
    told = len(entered.remittance.claims) + 1 - len(effects.emissions)
    aside = f", {told} set aside" if told else ""
    typer.echo(f"{_summary(entered)}: entered{aside}")


def _text(file: str) -> str:
    """The form; raises ``FormError`` where it cannot be read."""
    try:
        path = Path(file)
        content = sys.stdin.buffer.read() if file == _STDIN else path.read_bytes()
        if len(content) > _LONGEST_FORM:
            raise FormError(f"{file} is too long for a form")
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise FormError(f"{file} is no text: write the form as UTF-8") from None
    except OSError as error:
        raise FormError(f"{file} cannot be read: {error.strerror}") from None


def _summary(entered: EnteredPayment) -> str:
    payment = entered.remittance
    return (
        f"check {payment.trace_number} of {entered.payer_id}, {payment.payment_cents} cents "
        f"for {len(payment.claims)} claims"
    )


async def _practice_of(pool: asyncpg.Pool, entered: EnteredPayment) -> str:
    """The practice whose claims are paid."""
    async with pool.acquire() as connection:
        practices: Sequence[str] = await connection.fetchval(
            "select coalesce(array_agg(distinct practice_id order by practice_id), '{}') "
            "from claim where claim_id = any($1::text[])",
            [each for each in entered.claim_ids if each not in entered.elsewhere],
        )
    if len(practices) != 1:
        several = f" ({', '.join(practices)})" if practices else ""
        raise ToldError(f"say with --practice whose claims the check pays{several}")
    return practices[0]
