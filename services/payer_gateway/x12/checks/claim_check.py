"""Checks one professional claim, part by part: each fault with its path in the 837P."""

from collections.abc import Iterable, Iterator

from services.payer_gateway.x12 import claim_rules as rule
from services.payer_gateway.x12.adjustment import Adjustment
from services.payer_gateway.x12.checks.claim_values import (
    CodeSets,
    Values,
    billing_provider_faults,
    party_faults,
)
from services.payer_gateway.x12.codes import (
    ADJUSTMENT_GROUPS_837,
    CLAIM_FREQUENCIES,
    FILING_INDICATORS,
    NEEDS_ORIGINAL,
    PATIENT_RELATIONSHIPS,
    PAYER_SEQUENCES,
    SUBSCRIBER_RELATIONSHIPS,
)
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.finding import Finding, Rule
from services.payer_gateway.x12.parties import Party
from services.payer_gateway.x12.professional_claim import Claim, OtherPayer, ServiceLine
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


class ClaimCheck(Values):
    """One claim under examination."""

    def __init__(self, claim: Claim, codes: CodeSets, index: int | None) -> None:
        super().__init__(codes)
        self.claim = claim
        self.index = index
        self.findings: list[Finding] = []

    def note(self, broken: Rule, message: str, path: str, element: str, value: str = "") -> None:
        self.findings.append(
            broken.found(
                message,
                path=path,
                segment=self.claim.position,
                element=element,
                claim=self.claim.claim_id,
                claim_index=self.index,
                value=value,
            )
        )

    def text(self, delimiters: Delimiters) -> None:
        """Whether every value can be written."""
        try:
            claim_text(self.claim, delimiters)
        except WriteError as problem:
            element = f"{problem.segment}{problem.element:02d}"
            self.note(rule.TEXT, str(problem), problem.segment, element)

    def providers(self) -> None:
        """Billing provider and the other parties."""
        for fault in billing_provider_faults(self.claim.billing_provider, self.codes):
            self.note(*fault)
        for party, loop in self._parties():
            for fault in party_faults(party, loop, self.codes):
                self.note(*fault)

    def _parties(self) -> Iterator[tuple[Party, str]]:
        """The parties of the claim and its lines, each with the path of its loop."""
        for party in self.claim.parties:
            yield party, f"2300/{_CLAIM_LOOPS.get(party.role, '2310')}"
        for number, line in enumerate(self.claim.lines, 1):
            for party in line.parties:
                yield party, f"2300/2400[{number}]/{_LINE_LOOPS.get(party.role, '2420')}"

    def subscriber_and_patient(self) -> None:
        """Who is covered and who was treated."""
        subscriber, patient = self.claim.subscriber, self.claim.patient
        path = "2000B/2010BA"
        self.one_of(subscriber.payer_sequence, PAYER_SEQUENCES, "2000B/SBR", "SBR01")
        self.one_of(subscriber.filing_indicator, FILING_INDICATORS, "2000B/SBR", "SBR09")
        self.required(f"{path}/NM1", NM103=subscriber.name.last, NM109=subscriber.member_id)
        self.lengths("2000B/SBR", SBR03=subscriber.group_number)
        self.name(subscriber.name, subscriber.member_id, path)
        self.references(subscriber.references, path)
        self.contacts(subscriber.contacts, path)
        if patient is None:
            self.address(subscriber.address, path)
            self.required(f"{path}/DMG", DMG02=subscriber.birth_date)
            self.one_of(subscriber.sex, ("F", "M", "U"), f"{path}/DMG", "DMG03")
            return
        path = "2000C/2010CA"
        if patient.relationship == "18":
            message = "a patient who is the subscriber has no loop 2000C"
            self.note(rule.PATIENT, message, "2000C/PAT", "PAT01")
        else:
            self.one_of(patient.relationship, PATIENT_RELATIONSHIPS, "2000C/PAT", "PAT01")
        self.required(f"{path}/NM1", NM103=patient.name.last)
        self.name(patient.name, "", path)
        self.references(patient.references, path)
        self.address(patient.address, path)
        self.required(f"{path}/DMG", DMG02=patient.birth_date)
        self.one_of(patient.sex, ("F", "M", "U"), f"{path}/DMG", "DMG03")

    def payers(self) -> None:
        """The payer, and other payers of the claim."""
        claim = self.claim
        payer = claim.payer
        self.required("2000B/2010BB/NM1", NM103=payer.name, NM109=payer.identifier)
        self.lengths("2000B/2010BB/NM1", NM103=payer.name, NM109=payer.identifier)
        self.one_of(payer.identifier_qualifier, ("PI", "XV"), "2000B/2010BB/NM1", "NM108")
        self.references(payer.references, "2000B/2010BB")
        if len(claim.other_payers) > _MOST_OTHER_PAYERS:
            self.note(rule.COUNT, "at most ten other payers", "2300/2320/SBR", "SBR01")
        sequences = [claim.subscriber.payer_sequence]
        sequences += (other.payer_sequence for other in claim.other_payers)
        if len(set(sequences) - {"U"}) != len([s for s in sequences if s != "U"]):
            message = "each payer of a claim has its own place in the order"
            self.note(rule.SEQUENCE, message, "2300/2320/SBR", "SBR01")
        for number, other in enumerate(claim.other_payers, 1):
            self._other_payer(other, f"2300/2320[{number}]")
            self._adjustments(other.adjustments, f"2300/2320[{number}]/CAS")
        for number, line in enumerate(claim.lines, 1):
            for place, done in enumerate(line.adjudications, 1):
                path = f"2300/2400[{number}]/2430[{place}]/CAS"
                self._adjustments(done.adjustments, path)

    def _other_payer(self, other: OtherPayer, loop: str) -> None:
        sbr, insured, payer = f"{loop}/SBR", f"{loop}/2330A", f"{loop}/2330B"
        self.one_of(other.payer_sequence, PAYER_SEQUENCES, sbr, "SBR01")
        self.one_of(other.relationship, SUBSCRIBER_RELATIONSHIPS, sbr, "SBR02")
        self.one_of(other.filing_indicator, FILING_INDICATORS, sbr, "SBR09")
        self.required(f"{insured}/NM1", NM103=other.subscriber_name.last, NM109=other.member_id)
        self.required(f"{payer}/NM1", NM103=other.payer_name, NM109=other.payer_id)
        self.lengths(sbr, SBR03=other.group_number)
        self.name(other.subscriber_name, other.member_id, insured)
        self.lengths(f"{payer}/NM1", NM103=other.payer_name, NM109=other.payer_id)
        self.lengths(f"{payer}/REF", REF02=other.claim_control_number)
        self.references(other.subscriber_references, insured)
        self.references(other.payer_references, payer)
        if other.subscriber_address is not None:
            self.address(other.subscriber_address, insured)

    def _adjustments(self, adjustments: Iterable[Adjustment], path: str) -> None:
        reasons = self.codes.adjustment_reasons
        for adjustment in adjustments:
            self.one_of(adjustment.group, ADJUSTMENT_GROUPS_837, path, "CAS01")
            if reasons is not None and adjustment.reason not in reasons:
                message = "the adjustment reason is not known"
                self.note(rule.REASON, message, path, "CAS02", adjustment.reason[:5])

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
            message = "the first diagnosis is ABK and all others ABF"
            self.note(rule.PRINCIPAL, message, path, "HI01-1")
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
        if any(not 1 <= pointer <= len(self.claim.diagnoses) for pointer in line.pointers):
            message = "a pointer names a diagnosis that the claim does not have"
            self.note(rule.POINTER, message, path, "SV107")
        if len(set(line.pointers)) != len(line.pointers):
            self.note(rule.POINTER, "a pointer stands twice", path, "SV107")
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
        numbers: set[str] = set()
        for place, line in enumerate(claim.lines, 1):
            if line.control_number and line.control_number in numbers:
                message = "line control numbers are unique in a claim"
                self.note(rule.DUPLICATE_LINE, message, f"2300/2400[{place}]/REF[6R]", "REF02")
            numbers.add(line.control_number)
        charged = sum(line.charge_cents for line in claim.lines)
        if charged != claim.total_charge_cents:
            self.findings.append(
                rule.TOTAL.found(
                    "the claim charge must be the sum of its line charges",
                    path="2300/CLM",
                    segment=claim.position,
                    element="CLM02",
                    claim=claim.claim_id,
                    claim_index=self.index,
                    expected_cents=charged,
                    found_cents=claim.total_charge_cents,
                )
            )

    def corrections(self) -> None:
        """A replacement or void, and the claim it names."""
        claim = self.claim
        if claim.frequency in NEEDS_ORIGINAL and not claim.original_claim_number:
            message = "a replacement or void carries the payer's claim number in REF*F8"
            self.note(rule.NO_ORIGINAL, message, "2300/REF[F8]", "REF02")
        if claim.frequency == "1" and claim.original_claim_number:
            message = "an original claim carries no REF*F8: is it a replacement?"
            self.note(rule.NEEDLESS_ORIGINAL, message, "2300/REF[F8]", "REF02")

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
