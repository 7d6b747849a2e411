"""Checks one professional claim, part by part: each fault with its path in the 837P."""

from services.payer_gateway.x12 import claim_rules as rule
from services.payer_gateway.x12.checks.common_claim_check import CommonClaimCheck
from services.payer_gateway.x12.codes import (
    CLAIM_FREQUENCIES,
)
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.professional_claim import Claim, ServiceLine
from services.payer_gateway.x12.professional_claim_writer import claim_text
from services.payer_gateway.x12.segments import WriteError

_MOST_DIAGNOSES = 12
_MOST_LINES = 50
_MOST_OTHER_PAYERS = 10
_CLAIM_LOOPS = {
    "DN": "2310A",
    "P3": "2310A",
    "82": "2310B",
    "77": "2310C",
    "DQ": "2310D",
    "PW": "2310E",
    "45": "2310F",
}
_LINE_LOOPS = {
    "82": "2420A",
    "QB": "2420B",
    "77": "2420C",
    "DQ": "2420D",
    "DK": "2420E",
    "DN": "2420F",
    "P3": "2420F",
    "PW": "2420G",
    "45": "2420H",
}
"""The loop of a party by its role (NM101)."""


class ClaimCheck(CommonClaimCheck[Claim]):
    """One claim under examination."""

    claim_loops = _CLAIM_LOOPS
    line_loops = _LINE_LOOPS

    def text(self, delimiters: Delimiters) -> None:
        """Whether every value can be written."""
        try:
            claim_text(self.claim, delimiters)
        except WriteError as problem:
            element = f"{problem.segment}{problem.element:02d}"
            self.note(rule.TEXT, str(problem), problem.segment, element)

    def claim_information(self) -> None:
        """CLM."""
        claim = self.claim
        path = "2300/CLM"
        self.required(path, CLM01=claim.claim_id)
        if len(claim.claim_id) > 38:
            self.note(rule.LENGTH, "at most 38 characters, 20 to be safe", path, "CLM01")
        if claim.total_charge_cents < 0:
            self.note(rule.NEGATIVE, "a claim charge is never negative", path, "CLM02")
        self.references(claim.references, "2300")
        self.place(claim.place_of_service, path, "CLM05-1")
        self.one_of(claim.facility_qualifier, ("B",), path, "CLM05-2")
        self.one_of(claim.frequency, CLAIM_FREQUENCIES, path, "CLM05-3")
        self.one_of(claim.signature, ("Y", "N"), path, "CLM06")
        self.one_of(claim.assignment, ("A", "B", "C"), path, "CLM07")
        self.one_of(claim.benefits_assigned, ("Y", "N", "W"), path, "CLM08")
        self.one_of(claim.release_of_information, ("Y", "I"), path, "CLM09")

    def place(self, code: str, path: str, element: str) -> None:
        """A place of service."""
        places = self.codes.places_of_service
        if not code:
            self.note(rule.REQUIRED, f"{element} is required", path, element)
        elif places is not None and code not in places:
            self.note(rule.PLACE, "the place of service is not known", path, element, code[:2])

    def diagnoses(self) -> None:
        """HI."""
        claim = self.claim
        path = "2300/HI"
        if not 1 <= len(claim.diagnoses) <= _MOST_DIAGNOSES:
            self.note(rule.COUNT, "one to twelve diagnoses", path, "HI01")
            return
        qualifiers = [diagnosis.qualifier for diagnosis in claim.diagnoses]
        of_icd_10 = qualifiers[0] == "ABK"
        expected = ["ABK" if of_icd_10 else "BK"]
        expected += ["ABF" if of_icd_10 else "BF"] * (len(qualifiers) - 1)
        if qualifiers != expected:
            pairs = zip(qualifiers, expected, strict=True)
            number = next(n for n, (given, wanted) in enumerate(pairs, 1) if given != wanted)
            message = "the first diagnosis is ABK and all others ABF"
            self.note(rule.PRINCIPAL, message, path, f"HI{number:02d}-1")
        dates = [line.service_from for line in claim.lines if line.service_from]
        is_diagnosis = self.codes.is_diagnosis
        for number, diagnosis in enumerate(claim.diagnoses, 1):
            element = f"HI{number:02d}-2"
            if not diagnosis.code.isalnum():
                message = "write the code without its point"
                self.note(rule.DIAGNOSIS, message, path, element)
            elif is_diagnosis and dates and not is_diagnosis(diagnosis.code, min(dates)):
                message = "the diagnosis is not valid and billable on the date of service"
                self.note(rule.DIAGNOSIS, message, path, element, diagnosis.code[:7])

    def line(self, number: int, line: ServiceLine) -> None:
        """One service line."""
        loop = f"2300/2400[{number}]"
        path = f"{loop}/SV1"
        self.required(path, SV101=line.procedure.code, DTP03=line.service_from)
        self.required(f"{loop}/REF[6R]", REF02=line.control_number)
        if len(line.control_number) > 30:
            self.note(rule.LENGTH, "at most 30 characters", f"{loop}/REF[6R]", "REF02")
        self.references(line.references, loop)
        if len(line.procedure.modifiers) > 4:
            self.note(rule.COUNT, "at most four modifiers", path, "SV101")
        if line.charge_cents < 0:
            self.note(rule.NEGATIVE, "a line charge is never negative", path, "SV102")
        if line.units <= 0:
            self.note(rule.NEGATIVE, "units are more than zero", path, "SV104")
        self.one_of(line.unit, ("UN", "MJ"), path, "SV103")
        if line.place_of_service:
            self.place(line.place_of_service, path, "SV105")
        if not 1 <= len(line.pointers) <= 4:
            self.note(rule.COUNT, "one to four diagnosis pointers", path, "SV107")
        for place, pointer in enumerate(line.pointers, 1):
            if not 1 <= pointer <= len(self.claim.diagnoses):
                message = "a pointer names a diagnosis that the claim does not have"
                self.note(rule.POINTER, message, path, f"SV107-{place}")
            elif pointer in line.pointers[: place - 1]:
                self.note(rule.POINTER, "a pointer stands twice", path, f"SV107-{place}")
        if line.service_from and line.service_to and line.service_to < line.service_from:
            message = "the service ends before it begins"
            self.note(rule.PERIOD, message, f"{loop}/DTP[472]", "DTP03")
        is_procedure = self.codes.is_procedure
        code, day = line.procedure.code, line.service_from
        is_hcpcs = line.procedure.qualifier == "HC"
        if is_hcpcs and is_procedure and day and not is_procedure(code, day):
            message = "the procedure is not valid on the date of service"
            self.note(rule.PROCEDURE, message, path, "SV101-2", code[:5])

    def lines_together(self) -> None:
        """The lines beside each other and the claim."""
        claim = self.claim
        if not 1 <= len(claim.lines) <= _MOST_LINES:
            self.note(rule.COUNT, "one to fifty service lines", "2300/2400/LX", "LX01")
        self.line_numbers_and_total()

    def accident(self) -> None:
        """CLM11 and what it needs."""
        related = self.claim.related_causes
        if related is None:
            return
        for cause in related.causes:
            self.one_of(cause, ("AA", "EM", "OA"), "2300/CLM", "CLM11-1")
        if "AA" in related.causes and not related.state and not related.country:
            message = "an auto accident needs its state"
            self.note(rule.ACCIDENT, message, "2300/CLM", "CLM11-4")
        if not any(dated.qualifier == "439" for dated in self.claim.dates):
            self.note(rule.ACCIDENT, "an accident needs its date", "2300/DTP[439]", "DTP03")
