"""Which answer of a 277 belongs to which question of a 276."""

from dataclasses import dataclass

from services.payer_gateway.x12.status_inquiry import ClaimInquiry, StatusInquiry
from services.payer_gateway.x12.status_response import (
    ClaimReport,
    ReceiverReport,
    StatusReport,
    StatusResponse,
)


@dataclass(frozen=True, slots=True)
class InquiryAnswer:
    """What a payer said to one question.

    ``reports`` are the claims with the question's trace: several where the payer split the claim
    or knows several of that description. ``refusals`` are statuses for all of the provider's
    claims or for the whole inquiry. Both are empty where the question was not answered.
    """

    inquiry: ClaimInquiry
    reports: tuple[ClaimReport, ...]
    refusals: tuple[StatusReport, ...]

    @property
    def is_answered(self) -> bool:
        """Whether the payer said anything to the question."""
        return bool(self.reports or self.refusals)


def match_answers(
    inquiry: StatusInquiry, response: StatusResponse
) -> tuple[list[InquiryAnswer], list[ClaimReport]]:
    """An answer for each question in order, and the claims reported that nobody asked about.

    A claim answers by its trace (2200D/E TRN02). A provider level with a status of its own answers
    for that provider (2200C), a receiver level whose trace is the inquiry's BHT03, or that has no
    trace, for all (2200B).
    """
    reports: dict[str, list[ClaimReport]] = {}
    for claim in response.claims:
        reports.setdefault(claim.trace, []).append(claim)
    of_all = [
        status
        for receiver in response.receivers
        if _is_of(receiver, inquiry)
        for status in receiver.statuses
    ]
    of_provider: dict[tuple[str, str], list[StatusReport]] = {}
    for provider in response.providers:
        for party in provider.parties:
            key = (party.identifier_qualifier, party.identifier)
            of_provider.setdefault(key, []).extend(provider.statuses)
    answers = []
    for question in inquiry.claims:
        asked = question.provider
        refusals = of_provider.get((asked.identifier_qualifier, asked.identifier), [])
        matched = tuple(reports.get(question.trace, ()))
        answers.append(InquiryAnswer(question, matched, (*of_all, *refusals)))
    known = {question.trace for question in inquiry.claims}
    return answers, [claim for claim in response.claims if claim.trace not in known]


def _is_of(receiver: ReceiverReport, inquiry: StatusInquiry) -> bool:
    return receiver.trace in {"", "0", inquiry.reference}
