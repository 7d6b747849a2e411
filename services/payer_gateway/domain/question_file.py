"""The file of a question: one interchange, one group, one 276 or 270 transaction set."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from services.payer_gateway.domain.claim_file import as_wanted, envelope_to
from services.payer_gateway.domain.question import Question
from services.payer_gateway.domain.sending_check import errors_in, reasons_of
from services.payer_gateway.domain.trading_partner import TradingPartner
from services.payer_gateway.x12 import status_validate
from services.payer_gateway.x12.claim_questions import status_question
from services.payer_gateway.x12.interchange_reader import read_interchanges
from services.payer_gateway.x12.parties import Party
from services.payer_gateway.x12.professional_claim import Claim
from services.payer_gateway.x12.professional_claim_reader import read_837p
from services.payer_gateway.x12.segments import WriteError
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


def unaskable(
    claims: Sequence[Claim], payer_numbers: Mapping[str, str], sender: str
) -> dict[str, str]:
    """The claims about which no 276 can be written, since who or when is not known, with why."""
    questions = _questions(claims, payer_numbers, sender)
    found = status_validate.check_inquiry(StatusInquiry("0", None, None, questions))
    return {
        claims[each.claim_index].claim_id: each.message
        for each in reversed(found)
        if each.is_error and each.claim_index is not None
    }


def unsound(
    questions: Sequence[Question], write: Callable[[Sequence[Question], int], bytes]
) -> dict[str, str]:
    """The questions that must not be in a file, by subject with why; ``write`` makes the file.

    Each is looked at alone where an error is found in the file of them all. What is wrong though
    each of them is sound alone keeps all back.
    """
    fault = _fault(questions, write)
    if not fault:
        return {}
    alone = {each.subject: _fault([each], write) for each in questions}
    broken = {subject: found for subject, found in alone.items() if found}
    sound = [each for each in questions if each.subject not in broken]
    if not broken or (sound and _fault(sound, write)):
        return dict.fromkeys(alone, fault) | broken
    return broken


def _fault(questions: Sequence[Question], write: Callable[[Sequence[Question], int], bytes]) -> str:
    """The first fault of a file of questions in words, empty where there is none.

    A payer's own number may hold what its file cannot be written with.
    """
    try:
        errors = errors_in(write(questions, 1))
    except WriteError as error:
        return str(error)
    return reasons_of(errors)[0].message if errors else ""


def write_status_questions(
    claims: Sequence[Claim],
    traces: Sequence[str],
    payer_numbers: Mapping[str, str],
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
    claims: Sequence[Claim], payer_numbers: Mapping[str, str], sender: str
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
