"""Asking what became of claims (276): the file is stored here, and sent like any other."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg

from services.payer_gateway.domain.question import CLAIM_STATUS, QUIET_SECONDS, Question
from services.payer_gateway.domain.question_file import (
    claims_in,
    unaskable,
    write_status_questions,
)
from services.payer_gateway.domain.trading_partner import PAPER, TradingPartner
from services.payer_gateway.questions.asking import Asker, Draft, asked_just_now, keep_asked

_PAYER_NUMBERS = """
select claim_id, payer_control_number from claim
where claim_id = any($1::text[]) and practice_id = $2 and payer_control_number <> ''
"""
_SENT = """
select c.practice_id, c.payer_id, c.state, f.file_id, f.sender_id, f.content, f.sent_at, f.kind
from claim c left join outbound_file f using (file_id)
where c.claim_id = $1 and ($2::text is null or c.practice_id = $2) order by c.practice_id
"""


@dataclass(frozen=True, slots=True)
class SentClaims:
    """A file of claims that a partner has."""

    file_id: UUID
    practice_id: str
    sender_id: str
    content: bytes


@dataclass(frozen=True, slots=True)
class KnownClaim:
    """A claim and the file that it was sent in; None where it was not, or went on paper."""

    practice_id: str
    payer_id: str
    state: str
    sent: SentClaims | None
    is_paper: bool = False


@dataclass(frozen=True, slots=True)
class Inquired:
    """The claims asked about now, and those of which a question just went or waits to go.

    ``unsound``: why no 276 can be written about others.
    """

    now: frozenset[str]
    before: frozenset[str]
    unsound: Mapping[str, str] = field(default_factory=dict)


async def claims_of(
    connection: asyncpg.Connection, claim_id: str, practice_id: str | None
) -> list[KnownClaim]:
    """The claims of that id: one, or one of each practice that has such a claim."""
    found = []
    for row in await connection.fetch(_SENT, claim_id, practice_id):
        sent = None
        is_paper = row["kind"] == PAPER
        if row["sent_at"] is not None and not is_paper:
            sent = SentClaims(row["file_id"], row["practice_id"], row["sender_id"], row["content"])
        whose = (row["practice_id"], row["payer_id"], row["state"])
        found.append(KnownClaim(*whose, sent, is_paper))
    return found


async def ask(
    connection: asyncpg.Connection,
    partner: TradingPartner,
    sent: SentClaims,
    claim_ids: frozenset[str],
    *,
    now: datetime,
    asked_by: str = "",
    quiet_seconds: int = QUIET_SECONDS,
) -> Inquired:
    """Store one 276 about these claims of a file, in the caller's transaction.

    Only those about which a 276 can be written, and that were not asked about just now. Where
    there is none, no control number is spent.
    """
    asker = Asker(partner, sent.practice_id, sent.sender_id, now, asked_by, quiet_seconds)
    just_now = await asked_just_now(
        connection, asker, CLAIM_STATUS, [(each, None) for each in claim_ids]
    )
    before = frozenset(claim_id for claim_id, _ in just_now)
    claim_ids -= before
    found = await asyncio.to_thread(claims_in, sent.content, claim_ids) if claim_ids else []
    rows = await connection.fetch(_PAYER_NUMBERS, sorted(claim_ids), sent.practice_id)
    numbers = {row["claim_id"]: row["payer_control_number"] for row in rows}
    broken = unaskable(found, numbers, sent.sender_id)
    claims = {each.claim_id: each for each in found if each.claim_id not in broken}
    if not claims:
        return Inquired(frozenset(), before, broken)
    questions = [
        Question(
            kind=CLAIM_STATUS,
            practice_id=sent.practice_id,
            payer_id=partner.payer_id,
            subject=claim_id,
            provider_npi=claim.billing_provider.npi,
            about_file_id=sent.file_id,
        )
        for claim_id, claim in claims.items()
    ]
    draft = Draft(
        questions,
        lambda traced, number: write_status_questions(
            [claims[each.subject] for each in traced],
            [each.trace for each in traced],
            numbers,
            partner=partner,
            sender=sent.sender_id,
            number=number,
            created=now,
        ),
    )
    (kept,) = await keep_asked(connection, asker, [draft])
    asked = frozenset(each.subject for each in kept.asked)
    return Inquired(asked, before, {**broken, **kept.unsound})
