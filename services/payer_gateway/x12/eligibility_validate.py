"""Checks eligibility inquiries (270) before they are sent."""

from services.payer_gateway.x12.checks.inquiry_check import InquiryCheck, QuestionRules
from services.payer_gateway.x12.eligibility_codes import COVERAGE_LEVELS
from services.payer_gateway.x12.eligibility_inquiry import (
    EligibilityInquiry,
    EligibilityRequest,
    Question,
)
from services.payer_gateway.x12.eligibility_rules import (
    HEADER,
    IDENTITY,
    NPI,
    PERIOD,
    QUESTION,
    RULES,
)
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.member import Member

_RULES = QuestionRules(RULES, NPI, PERIOD)
_SOURCES = ("PR", "2B", "36", "GP", "P5")
_SOURCE_IDS = ("24", "46", "FI", "NI", "PI", "XV", "XX")
_RECEIVERS = ("1P", "2B", "36", "80", "FA", "GP", "P5", "PR")
_RECEIVER_IDS = ("24", "34", "FI", "PI", "PP", "SV", "XV", "XX")
_MEMBER_IDS = ("II", "MI")
_PURPOSES = ("13", "01")
_MEMBER = "2000A/2000B/2000C"
_MOST_QUESTIONS = 99


def check_inquiry(inquiry: EligibilityInquiry) -> list[Finding]:
    """What keeps the inquiry from being sent; ``claim_index`` says which request is meant.

    No finding holds a name, a birth date or a member id.
    """
    check = _Check(_RULES)
    check.code(inquiry.purpose, _PURPOSES, "BHT", "BHT02")
    if not inquiry.requests:
        check.note(HEADER, "the inquiry asks about nobody", "2000A", "EQ01")
    for index, request in enumerate(inquiry.requests):
        check.index, check.subject, check.position = index, request.trace, request.position
        check.request(request)
    return check.findings


class _Check(InquiryCheck):
    def request(self, request: EligibilityRequest) -> None:
        self.party(request.source, "2000A/2100A", _SOURCES, _SOURCE_IDS)
        self.party(request.receiver.party, "2000A/2000B/2100B", _RECEIVERS, _RECEIVER_IDS)
        subscriber, dependent = request.subscriber, request.dependent
        loop = f"{_MEMBER}/2100C"
        if subscriber.identifier:
            self.code(subscriber.identifier_qualifier, _MEMBER_IDS, f"{loop}/NM1", "NM108")
        elif dependent is not None or not _is_described(subscriber):
            message = "name the subscriber by a member id, or by name and birth date"
            self.note(IDENTITY, message, f"{loop}/NM1", "NM109")
        if dependent is not None:
            loop = f"{_MEMBER}/2000D/2100D"
            if not _is_described(dependent):
                message = "name the dependent by name and birth date"
                self.note(IDENTITY, message, f"{loop}/NM1", "NM103")
        for dated in request.patient.dates:
            self.period(dated.first, dated.last, f"{loop}/DTP")
        self._questions(request, loop.replace("2100", "2110"))

    def _questions(self, request: EligibilityRequest, loop: str) -> None:
        if not 1 <= len(request.questions) <= _MOST_QUESTIONS:
            message = "ask 1 to 99 questions about a person"
            self.note(QUESTION, message, f"{loop}/EQ", "EQ01")
        for question in request.questions:
            self._question(question, loop)

    def _question(self, question: Question, loop: str) -> None:
        path = f"{loop}/EQ"
        if not question.service_types and question.procedure is None:
            message = "ask about a service type (30 for the plan as such) or a procedure"
            self.note(QUESTION, message, path, "EQ01")
        if question.coverage_level:
            self.code(question.coverage_level, COVERAGE_LEVELS, path, "EQ03")
        for _, cents in question.amounts:
            self.amount(cents, f"{loop}/AMT", "AMT02")
        for dated in question.dates:
            self.period(dated.first, dated.last, f"{loop}/DTP")


def _is_described(member: Member) -> bool:
    return bool(member.name.last and member.name.first and member.birth_date)
