"""What is checked of a professional and of an institutional claim alike."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar, Generic

from services.payer_gateway.x12 import claim_rules as rule
from services.payer_gateway.x12 import cob_balance
from services.payer_gateway.x12.adjustment import Adjustment
from services.payer_gateway.x12.checks.claim_values import (
    CodeSets,
    Values,
    billing_provider_faults,
    party_faults,
)
from services.payer_gateway.x12.codes import (
    ADJUSTMENT_GROUPS_837,
    FILING_INDICATORS,
    NEEDS_ORIGINAL,
    PATIENT_RELATIONSHIPS,
    PAYER_SEQUENCES,
    SUBSCRIBER_RELATIONSHIPS,
)
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.finding import Finding, Rule
from services.payer_gateway.x12.institutional_claim import AnyClaim
from services.payer_gateway.x12.parties import Party
from services.payer_gateway.x12.professional_claim import OtherPayer

_MOST_OTHER_PAYERS = 10


class CommonClaimCheck(Values, ABC, Generic[AnyClaim]):
    """One claim under examination.

    ``claim_loops`` and ``line_loops`` give the loop of a party by its role (NM101).
    """

    claim_loops: ClassVar[Mapping[str, str]]
    line_loops: ClassVar[Mapping[str, str]]

    def __init__(self, claim: AnyClaim, codes: CodeSets, index: int | None) -> None:
        super().__init__(codes)
        self.claim: AnyClaim = claim
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

    @abstractmethod
    def text(self, delimiters: Delimiters) -> None:
        """Whether every value can be written."""

    def around(self, delimiters: Delimiters | None, *, is_written: bool) -> None:
        """Text, unless it was written already, and who stands around the claim."""
        if not is_written:
            self.text(delimiters or Delimiters())
        self.providers()
        self.subscriber_and_patient()
        self.payers()

    def all_findings(self) -> list[Finding]:
        """What was found so far, and what does not balance with what earlier payers did."""
        return [*self.findings, *cob_balance.check(self.claim, self.index)]

    def providers(self) -> None:
        """Billing provider and the other parties."""
        for fault in billing_provider_faults(self.claim.billing_provider, self.codes):
            self.note(*fault)
        for party, loop in self.parties():
            for fault in party_faults(party, loop, self.codes):
                self.note(*fault)

    def parties(self) -> Iterator[tuple[Party, str]]:
        """The parties of the claim and its lines, each with the path of its loop."""
        for party in self.claim.parties:
            yield party, f"2300/{self.claim_loops.get(party.role, '2310')}"
        for number, line in enumerate(self.claim.lines, 1):
            for party in line.parties:
                yield party, f"2300/2400[{number}]/{self.line_loops.get(party.role, '2420')}"

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
            self.other_payer(other, f"2300/2320[{number}]")
            self.adjustments(other.adjustments, f"2300/2320[{number}]/CAS")
        for number, line in enumerate(claim.lines, 1):
            for place, done in enumerate(line.adjudications, 1):
                path = f"2300/2400[{number}]/2430[{place}]/CAS"
                self.adjustments(done.adjustments, path)

    def other_payer(self, other: OtherPayer, loop: str) -> None:
        """Loop 2320."""
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

    def adjustments(self, adjustments: Iterable[Adjustment], path: str) -> None:
        """The CAS of a payer."""
        reasons = self.codes.adjustment_reasons
        for adjustment in adjustments:
            self.one_of(adjustment.group, ADJUSTMENT_GROUPS_837, path, "CAS01")
            if reasons is not None and adjustment.reason not in reasons:
                message = "the adjustment reason is not known"
                self.note(rule.REASON, message, path, "CAS02", adjustment.reason[:5])

    def corrections(self) -> None:
        """A replacement or void, and the claim it names."""
        claim = self.claim
        if claim.frequency in NEEDS_ORIGINAL and not claim.original_claim_number:
            message = "a replacement or void carries the payer's claim number in REF*F8"
            self.note(rule.NO_ORIGINAL, message, "2300/REF[F8]", "REF02")
        if claim.frequency == "1" and claim.original_claim_number:
            message = "an original claim carries no REF*F8: is it a replacement?"
            self.note(rule.NEEDLESS_ORIGINAL, message, "2300/REF[F8]", "REF02")

    def line_numbers_and_total(self) -> None:
        """Line control numbers beside each other, and the sum of the charges."""
        claim = self.claim
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
