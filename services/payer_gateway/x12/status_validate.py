"""Checks claim status inquiries (276) before they are sent."""

from collections import Counter

from services.payer_gateway.x12.checks.inquiry_check import InquiryCheck, QuestionRules
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.status_inquiry import ClaimInquiry, LineInquiry, StatusInquiry
from services.payer_gateway.x12.status_rules import (
    HEADER,
    IDENTITY,
    NPI,
    PERIOD,
    RULES,
    TRACE_REPEATED,
)

_RULES = QuestionRules(RULES, NPI, PERIOD)
_PROVIDER = "2000A/2000B/2000C"


def check_inquiry(inquiry: StatusInquiry) -> list[Finding]:
    """What keeps the inquiry from being sent; ``claim_index`` says which question is meant.

    No finding holds a name, a birth date or a member id.
    """
    check = _Check(_RULES)
    if not inquiry.reference:
        check.note(HEADER, "BHT03 names the inquiry in an answer to it", "BHT", "BHT03")
    if not inquiry.claims:
        check.note(HEADER, "the inquiry asks about no claim", "2000A", "TRN02")
    traces = Counter(claim.trace for claim in inquiry.claims)
    for index, claim in enumerate(inquiry.claims):
        check.index, check.subject, check.position = index, claim.trace, claim.position
        check.claim(claim)
        if claim.trace and traces[claim.trace] > 1:
            message = "two questions with one trace cannot be told apart in the answer"
            check.note(TRACE_REPEATED, message, check.path("TRN"), "TRN02")
    return check.findings


class _Check(InquiryCheck):
    loop = "2200D"
    level = f"{_PROVIDER}/2000D"

    def path(self, segment: str) -> str:
        return f"{self.level}/{self.loop}/{segment}"

    def claim(self, claim: ClaimInquiry) -> None:
        self.party(claim.source, "2000A/2100A", ("PR",), ("PI", "XV"))
        self.party(claim.receiver, "2000A/2000B/2100B", ("41",), ("46",))
        self.party(claim.provider, f"{_PROVIDER}/2100C", ("1P",), ("XX", "FI", "SV"))
        self._people(claim)
        self.required(self.path("TRN"), TRN02=claim.trace)
        self.amount(claim.charge_cents, self.path("AMT"), "AMT02")
        self.period(claim.service_from, claim.service_to, self.path("DTP"))
        if claim.service_from is None and not any(line.service_from for line in claim.lines):
            self.required(self.path("DTP"), DTP03=None)
        for line in claim.lines:
            self._line(line)

    def _people(self, claim: ClaimInquiry) -> None:
        subscriber, dependent = claim.subscriber, claim.dependent
        level = f"{_PROVIDER}/2000D"
        name = f"{level}/2100D/NM1"
        self.required(name, NM103=subscriber.name.last, NM109=subscriber.identifier)
        self.code(subscriber.identifier_qualifier, ("MI", "II", "24"), name, "NM108")
        patient = subscriber
        self.level, self.loop = level, "2200D"
        if dependent is not None:
            self.level, self.loop = f"{level}/2000E", "2200E"
            patient = dependent
            self.required(f"{self.level}/2100E/NM1", NM103=dependent.name.last)
        if patient.birth_date is None:
            message = "the payer finds the patient by the birth date: give it"
            self.note(IDENTITY, message, f"{self.level}/DMG", "DMG02")
        if patient.sex:
            self.code(patient.sex, ("F", "M"), f"{self.level}/DMG", "DMG03")

    def _line(self, line: LineInquiry) -> None:
        loop = self.path(self.loop.replace("2200", "2210"))
        service = f"{loop}/SVC"
        self.required(
            service,
            SVC01=line.procedure.code,
            SVC02=line.charge_cents is not None,
            SVC07=line.units,
        )
        self.amount(line.charge_cents, service, "SVC02")
        self.required(f"{loop}/DTP", DTP03=line.service_from)
        self.period(line.service_from, line.service_to, f"{loop}/DTP")
