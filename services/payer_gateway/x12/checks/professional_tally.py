"""What is known of the professional claims of one subscriber while their segments pass by.

It asks what ``validate`` asks of the values of a claim together (``validate.BEYOND_GUIDE``), where
no code sets of a user are at hand.
"""

from datetime import date
from decimal import Decimal

from services.payer_gateway.x12.adjustment import read_adjustments, total_cents
from services.payer_gateway.x12.amounts import AmountError, parse_cents, parse_quantity
from services.payer_gateway.x12.checks.claim_situations import (
    WITHOUT_EARLIER,
    insurance_type_fault,
)
from services.payer_gateway.x12.checks.claim_tally import (
    SUBSCRIBER_FACTS,
    LoopTally,
    SubscriberTally,
    dated,
    listed,
    named,
)
from services.payer_gateway.x12.checks.loop_states import Fact, MakeFact
from services.payer_gateway.x12.codes import NEEDS_ORIGINAL
from services.payer_gateway.x12.dates import parse_period
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.procedure import read_procedure
from services.payer_gateway.x12.professional_claim import Claim
from services.payer_gateway.x12.segments import Segment, at

_MOST_LINES = 50
_TAXONOMY = 10
_ICD_10, _ICD_9 = ("ABK", "ABF"), ("BK", "BF")


class _Payer:
    """Another payer of a claim, or one that has paid a line."""

    __slots__ = ("adjusted", "charge", "has_day", "has_decided", "identifier", "paid", "sequence")

    def __init__(self, sequence: str, identifier: str = "", paid: int = 0, charge: int = 0) -> None:
        self.sequence = sequence
        self.identifier = identifier
        self.paid = paid
        self.charge = charge
        self.adjusted = 0
        self.has_decided = False
        self.has_day = False


class ProfessionalTally(SubscriberTally):
    """A subscriber of an 837P."""

    __slots__ = (
        "accident",
        "charge",
        "charged",
        "content",
        "controls",
        "diagnoses",
        "frequency",
        "has_accident_day",
        "has_original",
        "last_charge",
        "member",
        "others",
        "sequence",
        "settled",
    )

    def __init__(self, count: int, above: str) -> None:
        super().__init__(count, above, _MOST_LINES)
        self.member = ""
        self.sequence = ""
        self._clear(0, "", accident=False)

    def _clear(self, charge: int, frequency: str, *, accident: bool) -> None:
        self.charge = charge
        self.frequency = frequency
        self.accident = accident
        self.charged = self.last_charge = self.diagnoses = 0
        self.has_original = self.has_accident_day = False
        self.controls: list[str] = []
        self.content: list[object] = [self.member, frequency]
        self.others: list[_Payer] = []
        self.settled: list[_Payer] = []

    def charged_claim(self, claim_id: str, charge: int, frequency: str, accident: bool) -> None:
        """CLM."""
        self.claim(claim_id)
        self._clear(charge, frequency, accident=accident)

    def end_claim(self) -> None:
        if self.first:
            self._settle()
            super().end_claim()

    def _settle(self) -> None:
        controls = self.controls
        if (
            self.charge != self.charged
            or self.charge < 0
            or len(set(controls)) != len(controls)
            or (self.frequency in NEEDS_ORIGINAL and not self.has_original)
            or (self.frequency == "1" and self.has_original)
            or self.accident is not self.has_accident_day
            or (not self.others and self.sequence not in WITHOUT_EARLIER)
        ):
            self.is_sound = False
        if self.others or self.settled:
            self._settle_payers()
        self.keys += (self.claim_id, hash(tuple(self.content)))

    def _settle_payers(self) -> None:
        """Whether each payer has its own place, and the coordination of benefits balances."""
        sequences = [self.sequence, *(other.sequence for other in self.others)]
        known = [each for each in sequences if each != "U"]
        if len(set(known)) != len(known):
            self.is_sound = False
        identifiers = {other.identifier for other in self.others}
        for line in self.settled:
            if line.identifier not in identifiers or line.paid + line.adjusted != line.charge:
                self.is_sound = False
        for other in self.others:
            lines = [each for each in self.settled if each.identifier == other.identifier]
            if not lines:
                self.is_sound = self.is_sound and not other.has_decided  # on which day?
                continue
            if other.has_day:
                self.is_sound = False
            adjusted = sum(line.adjusted for line in lines)
            if other.paid + other.adjusted + adjusted != self.charge:
                self.is_sound = False
            if sum(line.paid for line in lines) - other.adjusted != other.paid:
                self.is_sound = False


def keys_of(claim: Claim) -> tuple[object, object]:
    """What a claim has in common with every claim that it may be the same as.

    Its number, and a hash of what makes it likely to be the same under another number.
    """
    content: list[object] = [claim.subscriber.member_id, claim.frequency]
    for line in claim.lines:
        content += (line.procedure.code, line.charge_cents, line.service_from)
    return claim.claim_id, hash(tuple(content))


def _sequence(sbr: Segment, marks: Delimiters) -> Fact[ProfessionalTally]:
    of_subscriber = SUBSCRIBER_FACTS["2000B", "SBR"](sbr, marks)
    sequence = at(sbr, 1)
    if insurance_type_fault(sbr):
        return LoopTally.doubt

    def fact(tally: ProfessionalTally) -> None:
        if of_subscriber is not None:
            of_subscriber(tally)
        tally.sequence = sequence

    return fact


def _member(nm1: Segment, marks: Delimiters) -> Fact[ProfessionalTally]:
    if named(nm1, marks):
        return LoopTally.doubt
    member = at(nm1, 9)

    def fact(tally: ProfessionalTally) -> None:
        tally.member = member

    return fact


def _claim(clm: Segment, marks: Delimiters) -> Fact[ProfessionalTally]:
    charge = _cents(at(clm, 2))
    if charge is None:
        return LoopTally.doubt
    cents, claim_id = charge, at(clm, 1)
    frequency = (*at(clm, 5).split(marks.component), "", "", "")[2]
    causes = (*at(clm, 11).split(marks.component), "", "", "", "", "")
    if "AA" in causes[:3] and not causes[3] and not causes[4]:
        return LoopTally.doubt
    accident = any(causes)
    return lambda tally: tally.charged_claim(claim_id, cents, frequency, accident)


def _diagnoses(hi: Segment, marks: Delimiters) -> Fact[ProfessionalTally] | None:
    parts = [each.partition(marks.component) for each in hi[1:]]
    first = parts[0][0]
    if first not in {"ABK", "BK"}:
        return listed(hi, marks)
    principal, other = _ICD_10 if first == "ABK" else _ICD_9
    expected = [principal] + [other] * (len(parts) - 1)
    if [each[0] for each in parts] != expected or not all(each[2].isalnum() for each in parts):
        return LoopTally.doubt
    count = len(parts)

    def fact(tally: ProfessionalTally) -> None:
        tally.diagnoses = count

    return fact


def _reference(ref: Segment, _: Delimiters) -> Fact[ProfessionalTally] | None:
    if at(ref, 1) != "F8":
        return None

    def fact(tally: ProfessionalTally) -> None:
        tally.has_original = True

    return fact


def _day_of_claim(dtp: Segment, marks: Delimiters) -> Fact[ProfessionalTally] | None:
    of_day = dated(dtp, marks)
    if at(dtp, 1) != "439":
        return of_day

    def fact(tally: ProfessionalTally) -> None:
        if of_day is not None:
            of_day(tally)
        tally.has_accident_day = True

    return fact


def _day_of_line(dtp: Segment, marks: Delimiters) -> Fact[ProfessionalTally] | None:
    of_day = dated(dtp, marks)
    if at(dtp, 1) != "472":
        return of_day
    period = parse_period(at(dtp, 2), at(dtp, 3))
    day: date | None = period[0] if period else None

    def fact(tally: ProfessionalTally) -> None:
        if of_day is not None:
            of_day(tally)
        tally.content.append(day)

    return fact


def _service(sv1: Segment, marks: Delimiters) -> Fact[ProfessionalTally]:
    charge, units = _cents(at(sv1, 2)), _units(at(sv1, 4))
    pointers = [int(each) for each in at(sv1, 7).split(marks.component) if each.isdigit()]
    if charge is None or charge < 0 or units <= 0 or len(set(pointers)) != len(pointers):
        return LoopTally.doubt
    cents, last = charge, max(pointers, default=0)
    code = read_procedure(sv1[1], marks.component).code
    if min(pointers, default=1) < 1:
        return LoopTally.doubt

    def fact(tally: ProfessionalTally) -> None:
        tally.charged += cents
        tally.last_charge = cents
        tally.content += (code, cents)
        if last > tally.diagnoses:
            tally.is_sound = False

    return fact


def _control_number(ref: Segment, _: Delimiters) -> Fact[ProfessionalTally] | None:
    if at(ref, 1) != "6R":
        return None
    number = at(ref, 2)
    return lambda tally: tally.controls.append(number)


def _other_payer(sbr: Segment, _: Delimiters) -> Fact[ProfessionalTally]:
    sequence = at(sbr, 1)
    if insurance_type_fault(sbr):

        def doubt(tally: ProfessionalTally) -> None:
            tally.others.append(_Payer(sequence))
            tally.doubt()

        return doubt
    return lambda tally: tally.others.append(_Payer(sequence))


def _other_name(nm1: Segment, marks: Delimiters) -> Fact[ProfessionalTally]:
    if named(nm1, marks):
        return LoopTally.doubt
    identifier = at(nm1, 9)

    def fact(tally: ProfessionalTally) -> None:
        tally.others[-1].identifier = identifier

    return fact


def _other_day(dtp: Segment, marks: Delimiters) -> Fact[ProfessionalTally]:
    of_day = dated(dtp, marks)

    def fact(tally: ProfessionalTally) -> None:
        if of_day is not None:
            of_day(tally)
        tally.others[-1].has_day = True

    return fact


def _ambulance(_cr1: Segment, _: Delimiters) -> Fact[LoopTally]:
    """CR1: whether both ends of the way are told."""
    return LoopTally.doubt


def _other_paid(amt: Segment, _: Delimiters) -> Fact[ProfessionalTally] | None:
    paid = _cents(at(amt, 2))
    if paid is None:
        return LoopTally.doubt
    if at(amt, 1) != "D":
        return None
    cents = paid

    def fact(tally: ProfessionalTally) -> None:
        tally.others[-1].paid = cents
        tally.others[-1].has_decided = True

    return fact


def _other_adjusted(cas: Segment, _: Delimiters) -> Fact[ProfessionalTally]:
    adjusted = _adjusted(cas)
    if adjusted is None:
        return LoopTally.doubt
    cents = adjusted

    def fact(tally: ProfessionalTally) -> None:
        tally.others[-1].adjusted += cents
        tally.others[-1].has_decided = True

    return fact


def _line_paid(svd: Segment, _: Delimiters) -> Fact[ProfessionalTally]:
    paid, identifier = _cents(at(svd, 2)), at(svd, 1)
    if paid is None:
        return LoopTally.doubt
    cents = paid
    return lambda tally: tally.settled.append(_Payer("", identifier, cents, tally.last_charge))


def _line_adjusted(cas: Segment, _: Delimiters) -> Fact[ProfessionalTally]:
    adjusted = _adjusted(cas)
    if adjusted is None:
        return LoopTally.doubt
    cents = adjusted

    def fact(tally: ProfessionalTally) -> None:
        tally.settled[-1].adjusted += cents

    return fact


def specialty(prv: Segment, _: Delimiters) -> Fact[LoopTally] | None:
    """A PRV: whether the taxonomy code has the form of one."""
    code = at(prv, 3)
    is_formed = len(code) == _TAXONOMY and code.isascii() and code.isalnum()
    return None if is_formed else LoopTally.doubt


def _cents(text: str) -> int | None:
    try:
        return parse_cents(text)
    except AmountError:
        return None


def _adjusted(cas: Segment) -> int | None:
    try:
        return total_cents(read_adjustments(cas))
    except AmountError:
        return None


def _units(text: str) -> Decimal:
    try:
        return parse_quantity(text)
    except AmountError:
        return Decimal(0)


PROFESSIONAL_FACTS: dict[tuple[str, str], MakeFact[ProfessionalTally]] = {
    **SUBSCRIBER_FACTS,
    ("2000B", "SBR"): _sequence,
    ("2010BA", "NM1"): _member,
    ("", "CLM"): _claim,
    ("", "PRV"): specialty,
    ("2300", "HI"): _diagnoses,
    ("2300", "REF"): _reference,
    ("2300", "DTP"): _day_of_claim,
    ("2320", "SBR"): _other_payer,
    ("2320", "AMT"): _other_paid,
    ("2320", "CAS"): _other_adjusted,
    ("2330B", "NM1"): _other_name,
    ("2330B", "DTP"): _other_day,
    ("2300", "CR1"): _ambulance,
    ("2400", "SV1"): _service,
    ("2400", "DTP"): _day_of_line,
    ("2400", "REF"): _control_number,
    ("2430", "SVD"): _line_paid,
    ("2430", "CAS"): _line_adjusted,
}
"""What the segments of a subscriber say in an 837P, as ``LoopStates`` takes it."""
