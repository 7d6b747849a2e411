"""Asking what became of claims (276): the file is stored here, and sent like any other."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from schemas.event_id import caused_event_id, root_event_id
from services.payer_gateway import file_store, question_store
from services.payer_gateway.domain.control_number import file_name, usable
from services.payer_gateway.domain.question import CLAIM_STATUS, Question
from services.payer_gateway.domain.question_file import (
    askable,
    claims_in,
    write_status_questions,
)
from services.payer_gateway.domain.trading_partner import TradingPartner

_PAYER_NUMBERS = """
select claim_id, payer_control_number from claim
where claim_id = any($1::text[]) and practice_id = $2 and payer_control_number <> ''
"""
_SENT = """
select c.practice_id, c.payer_id, c.state, f.file_id, f.sender_id, f.content, f.sent_at
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
    """A claim and the file that it was sent in; None where it was not."""

    practice_id: str
    payer_id: str
    state: str
    sent: SentClaims | None


async def claims_of(
    connection: asyncpg.Connection, claim_id: str, practice_id: str | None
) -> list[KnownClaim]:
    """The claims of that id: one, or one of each practice that has such a claim."""
    found = []
    for row in await connection.fetch(_SENT, claim_id, practice_id):
        sent = None
        if row["sent_at"] is not None:
            sent = SentClaims(row["file_id"], row["practice_id"], row["sender_id"], row["content"])
        found.append(KnownClaim(row["practice_id"], row["payer_id"], row["state"], sent))
    return found


async def ask(
    connection: asyncpg.Connection,
    partner: TradingPartner,
    sent: SentClaims,
    claim_ids: frozenset[str],
    *,
    now: datetime,
    asked_by: str = "",
) -> frozenset[str]:
    """Store one 276 about these claims of a file, in the caller's transaction.

    Gives the claims that are asked about: those about which a 276 can be written. Where there is
    none, no control number is spent.
    """
    claims = await asyncio.to_thread(claims_in, sent.content, claim_ids)
    rows = await connection.fetch(_PAYER_NUMBERS, sorted(claim_ids), sent.practice_id)
    numbers = {row["claim_id"]: row["payer_control_number"] for row in rows}
    claims = askable(claims, numbers, sent.sender_id)
    if not claims:
        return frozenset()
    number = usable(await file_store.next_number(connection, sent.sender_id, partner.receiver_id))
    name = file_name(sent.sender_id, partner.receiver_id, number, CLAIM_STATUS)
    file_id = root_event_id(now, "outbound-file", name)
    questions = [
        Question(
            trace=caused_event_id(file_id, "question", claim.claim_id).hex,
            kind=CLAIM_STATUS,
            practice_id=sent.practice_id,
            payer_id=partner.payer_id,
            subject=claim.claim_id,
            provider_npi=claim.billing_provider.npi,
            about_file_id=sent.file_id,
        )
        for claim in claims
    ]
    content = write_status_questions(
        claims,
        [each.trace for each in questions],
        numbers,
        partner=partner,
        sender=sent.sender_id,
        number=number,
        created=now,
    )
    await question_store.keep_question_file(
        connection,
        question_store.QuestionFile(
            file_id=file_id,
            kind=CLAIM_STATUS,
            practice_id=sent.practice_id,
            payer_id=partner.payer_id,
            sender_id=sent.sender_id,
            receiver_id=partner.receiver_id,
            number=number,
            name=name,
            content=content,
            questions=questions,
            asked_at=now,
            asked_by=asked_by,
        ),
    )
    return frozenset(claim.claim_id for claim in claims)
