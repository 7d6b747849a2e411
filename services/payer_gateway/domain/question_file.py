"""The file of a question: one interchange, one group, one 276 or 270 transaction set."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.payer_gateway.domain.claim_file import as_wanted, envelope_to
from services.payer_gateway.domain.trading_partner import TradingPartner
from services.payer_gateway.x12 import status_validate
from services.payer_gateway.x12.claim_questions import status_question
from services.payer_gateway.x12.interchange_reader import read_interchanges
from services.payer_gateway.x12.parties import Party
from services.payer_gateway.x12.professional_claim import Claim
from services.payer_gateway.x12.professional_claim_reader import read_837p
from services.payer_gateway.x12.status_inquiry import ClaimInquiry, StatusInquiry
from services.payer_gateway.x12.status_inquiry_writer import write_276


def claims_in(content: bytes, claim_ids: frozenset[str]) -> list[Claim]:
    """Those claims of a file as it was sent, in its order."""
    return [
        claim
        for interchange in read_interchanges(content)
        for transaction in interchange.transactions
        for claim in read_837p(transaction)[0].claims
        if claim.claim_id in claim_ids
    ]


def askable(claims: Sequence[Claim], payer_numbers: dict[str, str], sender: str) -> list[Claim]:
    """The claims about which a 276 can be written: who, when and by whom are known."""
    questions = _questions(claims, payer_numbers, sender)
    found = status_validate.check_inquiry(StatusInquiry("0", None, None, questions))
    broken = {each.claim_index for each in found if each.is_error}
    return [claim for place, claim in enumerate(claims) if place not in broken]


def write_status_questions(
    claims: Sequence[Claim],
    traces: Sequence[str],
    payer_numbers: dict[str, str],
    *,
    partner: TradingPartner,
    sender: str,
    number: int,
    created: datetime,
) -> bytes:
    """One 276 that asks about these claims, each under its trace; BHT03 is the file's number."""
    envelope = envelope_to(partner, sender, number, created)
    asked = _questions(claims, payer_numbers, sender)
    named = tuple(replace(q, trace=trace) for q, trace in zip(asked, traces, strict=True))
    inquiry = StatusInquiry(f"{number:09d}", envelope.created, envelope.created_at, named)
    return as_wanted(write_276(envelope, [inquiry]), partner)


def _questions(
    claims: Sequence[Claim], payer_numbers: dict[str, str], sender: str
) -> tuple[ClaimInquiry, ...]:
    return tuple(
        status_question(
            claim,
            f"{place}",
            Party("41", claim.billing_provider.name, "46", sender),
            payer_claim_number=payer_numbers.get(claim.claim_id, ""),
        )
        for place, claim in enumerate(claims)
    )
