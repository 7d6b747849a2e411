"""Checks a professional claim before it is sent: SNIP levels 1 to 5.

Everything is said at once, each finding with the place in the 837P it will have. No finding holds
a name, an address, a birth date or a member id.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from services.payer_gateway.x12 import claim_rules as rule
from services.payer_gateway.x12 import cob_balance
from services.payer_gateway.x12.codes import (
    ADJUSTMENT_GROUPS_837,
    CLAIM_FREQUENCIES,
    FILING_INDICATORS,
    NEEDS_ORIGINAL,
    PATIENT_RELATIONSHIPS,
    PAYER_SEQUENCES,
    PLACES_OF_SERVICE,
    STATES,
    SUBSCRIBER_RELATIONSHIPS,
)
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.finding import Finding, Rule
from services.payer_gateway.x12.npi import is_npi
from services.payer_gateway.x12.parties import Address, Contact, Name, Party, Reference
from services.payer_gateway.x12.professional_claim import BillingProvider, Claim, ServiceLine
from services.payer_gateway.x12.professional_claim_writer import claim_text
from services.payer_gateway.x12.segments import WriteError

_MOST_DIAGNOSES = 12
_MOST_LINES = 50
_MOST_OTHER_PAYERS = 10
_LENGTHS = {
    "NM103": (1, 60),
    "NM104": (1, 35),
    "NM109": (2, 80),
    "N301": (1, 55),
    "N302": (1, 55),
    "N401": (2, 30),
    "REF02": (1, 50),
    "PER02": (1, 60),
    "PER04": (1, 256),
    "SBR03": (1, 50),
}
"""Least and most characters of an element that is there (837P 3.1; N403 has a rule of its own)."""


@dataclass(frozen=True, slots=True)
class CodeSets:
    """External code sets to check against; None where none is at hand, which checks nothing.

    ``is_diagnosis`` and ``is_procedure`` get a code and the date of service and say whether it is
    valid and billable on that day.
    """

    is_diagnosis: Callable[[str, date], bool] | None = None
    is_procedure: Callable[[str, date], bool] | None = None
    adjustment_reasons: frozenset[str] | None = None
    taxonomies: frozenset[str] | None = None
    places_of_service: frozenset[str] | None = PLACES_OF_SERVICE
    states: frozenset[str] | None = STATES


_PUBLIC_CODES = CodeSets()


def check_batch(
    claims: Sequence[Claim], codes: CodeSets = _PUBLIC_CODES, delimiters: Delimiters | None = None
) -> list[Finding]:
    """The findings of every claim, by ``claim_index``, and claims that stand twice in the batch.

    A claim number may stand once in a batch; the same claim under another number (same patient,
    days, procedures and charges) is a duplicate too.
    """
    findings: list[Finding] = []
    numbers: set[str] = set()
    contents: set[object] = set()
    for index, claim in enumerate(claims):
        findings += check_claim(claim, codes, delimiters, index)
        content = _content(claim)
        repeated = claim.claim_id in numbers
        if repeated or content in contents:
            broken = rule.DUPLICATE if repeated else rule.LIKELY_DUPLICATE
            findings.append(
                broken.found(
                    "the same claim stands twice in the batch: send it once",
                    path="2300/CLM",
                    element="CLM01",
                    claim=claim.claim_id,
                    claim_index=index,
                )
            )
        numbers.add(claim.claim_id)
        contents.add(content)
    return findings


def _content(claim: Claim) -> object:
    lines = tuple(
        (line.procedure, line.charge_cents, line.units, line.service_from, line.service_to)
        for line in claim.lines
    )
    patient = claim.patient.name if claim.patient else claim.subscriber.name
    return (
        claim.billing_provider.npi,
        claim.subscriber.member_id,
        claim.payer.identifier,
        patient,
        claim.frequency,
        claim.original_claim_number,
        lines,
        claim.parties,
    )


def check_claim(
    claim: Claim,
    codes: CodeSets = _PUBLIC_CODES,
    delimiters: Delimiters | None = None,
    index: int | None = None,
    *,
    is_written: bool = False,
) -> list[Finding]:
    """What keeps this claim from being sent; an empty list means nothing does.

    ``is_written`` says that the caller wrote the claim already (``claim_text``), so that surely no
    value of it holds a delimiter; else it is written here to find out.
    """
    check = _Check(claim, codes, claim.index if index is None else index)
    if not is_written:
        check.text(delimiters or Delimiters())
    check.providers()
    check.subscriber_and_patient()
    check.payers()
    check.claim_information()
    check.diagnoses()
    for number, line in enumerate(claim.lines, 1):
        check.line(number, line)
    check.lines_together()
    check.corrections()
    check.accident()
    check.findings += cob_balance.check(claim, check.index)
    return check.findings


class _Fault(NamedTuple):
    """A fault of a part that stands in many claims: broken rule, message, path, element, value."""

    broken: Rule
    message: str
    path: str
    element: str
    value: str


class _Values:
    """Checks of single values, whichever claim they stand in."""

    def __init__(self, codes: CodeSets) -> None:
        self.codes = codes
        self.faults: list[_Fault] = []

    def note(self, broken: Rule, message: str, path: str, element: str, value: str = "") -> None:
        self.faults.append(_Fault(broken, message, path, element, value))

    def required(self, path: str, **elements: object) -> None:
        """Each element by its designator: empty ones are noted."""
        for element, value in elements.items():
            if not value and (value is None or value in ("", ())):
                self.note(rule.REQUIRED, f"{element} is required", path, element)

    def lengths(self, path: str, **elements: str) -> None:
        """Each element by its designator: those too short or too long are noted, empty ones not."""
        for element, value in elements.items():
            least, most = _LENGTHS[element]
            if value and not least <= len(value) <= most:
                self.note(rule.LENGTH, f"{least} to {most} characters", path, element)

    def references(self, references: Iterable[Reference], path: str) -> None:
        for reference in references:
            self.required(f"{path}/REF", REF02=reference.value)
            self.lengths(f"{path}/REF", REF02=reference.value)

    def contacts(self, contacts: Iterable[Contact], path: str) -> None:
        for contact in contacts:
            self.lengths(f"{path}/PER", PER02=contact.name)
            for _, number in contact.numbers:
                self.required(f"{path}/PER", PER04=number)
                self.lengths(f"{path}/PER", PER04=number)

    def name(self, name: Name, identifier: str, path: str) -> None:
        self.lengths(f"{path}/NM1", NM103=name.last, NM104=name.first, NM109=identifier)

    def one_of(self, value: str, allowed: Iterable[str], path: str, element: str) -> None:
        if value not in allowed:
            message = (
                f"{element} is required" if not value else f"{element} is no code of the guide"
            )
            self.note(rule.CODE, message, path, element, value[:3])

    def npi(self, text: str, path: str) -> None:
        if text and not is_npi(text):
            self.note(rule.NPI, "the NPI's check digit is wrong: correct it", path, "NM109")

    def address(self, address: Address | None, path: str, *, full_zip: bool = False) -> None:
        if address is None:
            self.note(rule.REQUIRED, "an address is required", f"{path}/N3", "N301")
            return
        self.required(f"{path}/N3", N301=address.line1)
        self.required(f"{path}/N4", N401=address.city)
        self.lengths(f"{path}/N3", N301=address.line1, N302=address.line2)
        self.lengths(f"{path}/N4", N401=address.city)
        if address.country not in {"", "US"}:
            return
        states = self.codes.states
        if states is not None and address.state not in states:
            message = "the state is no postal abbreviation"
            self.note(rule.STATE, message, f"{path}/N4", "N402")
        digits = address.postal_code
        if not (digits.isascii() and digits.isdigit() and len(digits) in {5, 9}):
            message = "write the ZIP code as five or nine digits"
            self.note(rule.POSTAL_CODE, message, f"{path}/N4", "N403")
        elif full_zip and len(digits) == 5:
            message = "the guide wants nine digits for a billing provider"
            self.note(rule.SHORT_POSTAL_CODE, message, f"{path}/N4", "N403")

    def taxonomy(self, code: str, path: str) -> None:
        taxonomies = self.codes.taxonomies
        shaped = len(code) == 10 and code.isascii() and code.isalnum()
        if code and (not shaped or (taxonomies is not None and code not in taxonomies)):
            message = "the taxonomy code is not one of ten letters and digits, or not known"
            self.note(rule.TAXONOMY, message, path, "PRV03", code[:10])


@lru_cache(maxsize=1024)
def _billing_provider_faults(provider: BillingProvider, codes: CodeSets) -> Sequence[_Fault]:
    values = _Values(codes)
    path = "2000A/2010AA"
    values.required(
        f"{path}/NM1", NM102=provider.name.entity, NM103=provider.name.last, NM109=provider.npi
    )
    values.npi(provider.npi, f"{path}/NM1")
    values.address(provider.address, path, full_zip=True)
    values.required(f"{path}/REF", REF02=provider.tax_id)
    values.one_of(provider.tax_id_qualifier, ("EI", "SY"), f"{path}/REF", "REF01")
    values.taxonomy(provider.taxonomy, "2000A/PRV")
    values.name(provider.name, provider.npi, path)
    values.lengths(f"{path}/REF", REF02=provider.tax_id)
    values.references(provider.references, path)
    values.contacts(provider.contacts, path)
    return values.faults


@lru_cache(maxsize=4096)
def _party_faults(party: Party, codes: CodeSets) -> Sequence[_Fault]:
    values = _Values(codes)
    values.name(party.name, party.identifier, party.role)
    values.references(party.references, party.role)
    values.contacts(party.contacts, party.role)
    values.npi(party.npi, f"{party.role}/NM1")
    values.taxonomy(party.taxonomy, f"{party.role}/PRV")
    return values.faults


class _Check(_Values):
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
        try:
            claim_text(self.claim, delimiters)
        except WriteError as problem:
            element = f"{problem.segment}{problem.element:02d}"
            self.note(rule.TEXT, str(problem), problem.segment, element)

    def providers(self) -> None:
        for fault in _billing_provider_faults(self.claim.billing_provider, self.codes):
            self.note(*fault)
        for party in (*self.claim.parties, *(p for x in self.claim.lines for p in x.parties)):
            for fault in _party_faults(party, self.codes):
                self.note(*fault)

    def subscriber_and_patient(self) -> None:
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
        claim = self.claim
        payer = claim.payer
        self.required("2000B/2010BB/NM1", NM103=payer.name, NM109=payer.identifier)
        self.lengths("2000B/2010BB/NM1", NM103=payer.name, NM109=payer.identifier)
        self.one_of(payer.identifier_qualifier, ("PI", "XV"), "2000B/2010BB/NM1", "NM108")
        self.references(payer.references, "2000B/2010BB")
        if len(claim.other_payers) > _MOST_OTHER_PAYERS:
            self.note(rule.COUNT, "at most ten other payers", "2320/SBR", "SBR01")
        sequences = [claim.subscriber.payer_sequence]
        sequences += (other.payer_sequence for other in claim.other_payers)
        if len(set(sequences) - {"U"}) != len([s for s in sequences if s != "U"]):
            message = "each payer of a claim has its own place in the order"
            self.note(rule.SEQUENCE, message, "2320/SBR", "SBR01")
        for other in claim.other_payers:
            self.one_of(other.payer_sequence, PAYER_SEQUENCES, "2320/SBR", "SBR01")
            self.one_of(other.relationship, SUBSCRIBER_RELATIONSHIPS, "2320/SBR", "SBR02")
            self.one_of(other.filing_indicator, FILING_INDICATORS, "2320/SBR", "SBR09")
            self.required("2330A/NM1", NM103=other.subscriber_name.last, NM109=other.member_id)
            self.required("2330B/NM1", NM103=other.payer_name, NM109=other.payer_id)
            self.lengths("2320/SBR", SBR03=other.group_number)
            self.name(other.subscriber_name, other.member_id, "2330A")
            self.lengths("2330B/NM1", NM103=other.payer_name, NM109=other.payer_id)
            self.lengths("2330B/REF", REF02=other.claim_control_number)
            self.references((*other.subscriber_references, *other.payer_references), "2330")
            if other.subscriber_address is not None:
                self.address(other.subscriber_address, "2330A")
        reasons = self.codes.adjustment_reasons
        adjustments = [a for other in claim.other_payers for a in other.adjustments]
        adjustments += (
            a for x in claim.lines for done in x.adjudications for a in done.adjustments
        )
        for adjustment in adjustments:
            self.one_of(adjustment.group, ADJUSTMENT_GROUPS_837, "2320/CAS", "CAS01")
            if reasons is not None and adjustment.reason not in reasons:
                message = "the adjustment reason is not known"
                self.note(rule.REASON, message, "2320/CAS", "CAS02", adjustment.reason[:5])

    def claim_information(self) -> None:
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
        places = self.codes.places_of_service
        if not code:
            self.note(rule.REQUIRED, f"{element} is required", path, element)
        elif places is not None and code not in places:
            self.note(rule.PLACE, "the place of service is not known", path, element, code[:2])

    def diagnoses(self) -> None:
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
        path = f"2400[{number}]/SV1"
        self.required(path, SV101=line.procedure.code, DTP03=line.service_from)
        self.required(f"2400[{number}]/REF", REF02=line.control_number)
        if len(line.control_number) > 30:
            self.note(rule.LENGTH, "at most 30 characters", f"2400[{number}]/REF", "REF02")
        self.references(line.references, f"2400[{number}]")
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
            self.note(rule.PERIOD, message, f"2400[{number}]/DTP", "DTP03")
        is_procedure = self.codes.is_procedure
        code, day = line.procedure.code, line.service_from
        is_hcpcs = line.procedure.qualifier == "HC"
        if is_hcpcs and is_procedure and day and not is_procedure(code, day):
            message = "the procedure is not valid on the date of service"
            self.note(rule.PROCEDURE, message, path, "SV101-2", code[:5])

    def lines_together(self) -> None:
        claim = self.claim
        if not 1 <= len(claim.lines) <= _MOST_LINES:
            self.note(rule.COUNT, "one to fifty service lines", "2400/LX", "LX01")
        numbers = [line.control_number for line in claim.lines if line.control_number]
        if len(set(numbers)) != len(numbers):
            message = "line control numbers are unique in a claim"
            self.note(rule.DUPLICATE_LINE, message, "2400/REF", "REF02")
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
        claim = self.claim
        if claim.frequency in NEEDS_ORIGINAL and not claim.original_claim_number:
            message = "a replacement or void carries the payer's claim number in REF*F8"
            self.note(rule.NO_ORIGINAL, message, "2300/REF", "REF02")
        if claim.frequency == "1" and claim.original_claim_number:
            message = "an original claim carries no REF*F8: is it a replacement?"
            self.note(rule.NEEDLESS_ORIGINAL, message, "2300/REF", "REF02")

    def accident(self) -> None:
        related = self.claim.related_causes
        if related is None:
            return
        for cause in related.causes:
            self.one_of(cause, ("AA", "EM", "OA"), "2300/CLM", "CLM11-1")
        if "AA" in related.causes and not related.state and not related.country:
            message = "an auto accident needs its state"
            self.note(rule.ACCIDENT, message, "2300/CLM", "CLM11-4")
        if not any(dated.qualifier == "439" for dated in self.claim.dates):
            self.note(rule.ACCIDENT, "an accident needs its date", "2300/DTP", "DTP03")
