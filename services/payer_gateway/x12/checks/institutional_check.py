"""Checks one institutional claim, part by part: each fault with its path in the 837I."""

from typing import ClassVar

from services.payer_gateway.x12 import claim_rules as rule
from services.payer_gateway.x12 import institutional_codes as lists
from services.payer_gateway.x12 import institutional_rules as stay
from services.payer_gateway.x12.checks.common_claim_check import CommonClaimCheck
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.external_codes import problem
from services.payer_gateway.x12.institutional_claim import InstitutionalClaim
from services.payer_gateway.x12.institutional_claim_writer import institutional_claim_text
from services.payer_gateway.x12.segments import WriteError

_CLM = "2300/CLM"
_CL1 = "2300/CL1"


class InstitutionalCheck(CommonClaimCheck[InstitutionalClaim]):
    """One claim under examination: the bill, the stay and who cared for the patient."""

    claim_loops: ClassVar = {
        "71": "2310A",
        "72": "2310B",
        "ZZ": "2310C",
        "82": "2310D",
        "77": "2310E",
        "DN": "2310F",
    }
    line_loops: ClassVar = {"72": "2420A", "ZZ": "2420B", "82": "2420C", "DN": "2420D"}

    @property
    def is_stay(self) -> bool:
        """Whether the bill is of an inpatient stay."""
        return self.claim.facility_code in lists.INPATIENT

    def text(self, delimiters: Delimiters) -> None:
        """Whether every value can be written."""
        try:
            institutional_claim_text(self.claim, delimiters)
        except WriteError as found:
            element = f"{found.segment}{found.element:02d}"
            self.note(rule.TEXT, str(found), found.segment, element)

    def bill(self) -> None:
        """CLM."""
        claim = self.claim
        self.required(_CLM, CLM01=claim.claim_id)
        if len(claim.claim_id) > 38:
            self.note(rule.LENGTH, "at most 38 characters, 20 to be safe", _CLM, "CLM01")
        if claim.total_charge_cents < 0:
            self.note(rule.NEGATIVE, "a claim charge is never negative", _CLM, "CLM02")
        self.references(claim.references, "2300")
        facility = claim.facility_code
        self.required(_CLM, **{"CLM05-1": facility})
        wrong = problem("facility", facility) if facility else ""
        if wrong:
            self.note(stay.BILL_TYPE, wrong, _CLM, "CLM05-1", facility[:2])
        self.one_of(claim.facility_qualifier, ("A",), _CLM, "CLM05-2")
        frequency = claim.frequency
        if not (len(frequency) == 1 and frequency.isascii() and frequency.isalnum()):
            message = "write the frequency of the bill as one digit or letter"
            self.note(stay.FREQUENCY, message, _CLM, "CLM05-3")
        if claim.signature:
            message = "an institutional claim does not use CLM06: leave it out"
            self.note(stay.NOT_USED, message, _CLM, "CLM06")
        self.one_of(claim.assignment, ("A", "B", "C"), _CLM, "CLM07")
        self.one_of(claim.benefits_assigned, ("Y", "N", "W"), _CLM, "CLM08")
        self.one_of(claim.release_of_information, ("Y", "I"), _CLM, "CLM09")

    def dates(self) -> None:
        """Statement, admission and discharge (DTP*434, 435, 096) by type of bill."""
        claim = self.claim
        first, last, admitted = claim.statement_from, claim.statement_to, claim.admission_date
        path = "2300/DTP[434]"
        self.required(path, DTP03=first)
        if first and last is None:
            message = "write the statement period as RD8, one day twice"
            self.note(stay.STATEMENT, message, path, "DTP02")
        elif first and last and last < first:
            message = "the statement ends before it begins: exchange the days"
            self.note(rule.PERIOD, message, path, "DTP03")
        path = "2300/DTP[435]"
        if admitted is None and claim.facility_code in lists.ADMITTED:
            broken = stay.ADMISSION if self.is_stay else stay.ADMITTED
            self.note(broken, "this type of bill needs its admission date", path, "DTP03")
        if admitted and last and admitted > last:
            message = "the admission is after the statement's last day: correct one of them"
            self.note(stay.ADMISSION_DAY, message, path, "DTP03")
        has_ended = claim.frequency in lists.COMPLETE_STAY and self.is_stay
        has_left = claim.patient_status not in lists.STILL_PATIENT
        if has_ended and has_left and claim.discharge_time is None and claim.facility_code != "21":
            message = "the final bill of a stay needs the hour of discharge"
            self.note(stay.DISCHARGE, message, "2300/DTP[096]", "DTP03")

    def admission(self) -> None:
        """CL1: type and source of the admission, and the patient's status."""
        claim = self.claim
        kind, source, status = claim.admission_type, claim.admission_source, claim.patient_status
        for element, value, known in (
            ("CL101", kind, lists.ADMISSION_TYPES),
            ("CL102", source, lists.ADMISSION_SOURCES),
        ):
            if not value and self.is_stay:
                self.note(stay.ADMISSION, f"the bill of a stay needs {element}", _CL1, element)
            elif value and value not in known:
                message = "the type or source of admission is not known"
                self.note(stay.ADMISSION_CODE, message, _CL1, element, value[:2])
        self.required(_CL1, CL103=status)
        if status and status not in lists.PATIENT_STATUSES:
            message = "the patient status is not known"
            self.note(stay.STATUS, message, _CL1, "CL103", status[:2])
        is_still_there = status in lists.STILL_PATIENT
        if self.is_stay and (
            (is_still_there and claim.frequency in lists.COMPLETE_STAY)
            or (status and not is_still_there and claim.frequency in lists.INTERIM_STAY)
        ):
            message = "frequency and patient status contradict each other: has the patient left?"
            self.note(stay.LEAVING, message, _CL1, "CL103")

    def care(self) -> None:
        """The attending provider, and the operating one where there was a procedure."""
        claim = self.claim
        is_transport = bool(claim.lines) and all(
            line.revenue_code.startswith("054") for line in claim.lines
        )
        if claim.party("71") is None and not is_transport:
            message = "the claim needs its attending provider"
            self.note(stay.ATTENDING, message, "2300/2310A/NM1", "NM101")
        if claim.procedures and claim.party("72") is None:
            message = "a claim with a procedure names who operated"
            self.note(stay.OPERATING, message, "2300/2310B/NM1", "NM101")
