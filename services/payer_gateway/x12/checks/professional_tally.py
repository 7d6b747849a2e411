"""What is known of the professional claims of one subscriber while their segments pass by.

It asks what ``validate`` asks of the values of a claim together (``validate.BEYOND_GUIDE``), where
no code sets of a user are at hand.
"""

from datetime import date
from decimal import Decimal

from services.payer_gateway.x12.amounts import AmountError, parse_quantity
from services.payer_gateway.x12.checks.billed_tally import (
    BILLED_FACTS,
    BilledTally,
    EarlierPayer,
    cents_of,
)
from services.payer_gateway.x12.checks.claim_situations import insurance_type_fault
from services.payer_gateway.x12.checks.claim_tally import (
    SUBSCRIBER_FACTS,
    LoopTally,
    dated,
    listed,
)
from services.payer_gateway.x12.checks.loop_states import Fact, MakeFact
from services.payer_gateway.x12.dates import parse_period
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.procedure import read_procedure
from services.payer_gateway.x12.professional_claim import Claim
from services.payer_gateway.x12.segments import Segment, at

_MOST_LINES = 50
_ICD_10, _ICD_9 = ("ABK", "ABF"), ("BK", "BF")


class ProfessionalTally(BilledTally):
    """A subscriber of an 837P."""

    __slots__ = ("accident", "diagnoses", "has_accident_day")

    def __init__(self, count: int, above: str) -> None:
        super().__init__(count, above, _MOST_LINES)
        self._expect(accident=False)

    def _expect(self, *, accident: bool) -> None:
        self.accident = accident
        self.diagnoses = 0
        self.has_accident_day = False

    def charged_claim(self, claim_id: str, charge: int, frequency: str, accident: bool) -> None:
        """CLM."""
        self.claim(claim_id)
        self.clear(charge, frequency)
        self._expect(accident=accident)

    def settle(self) -> None:
        if self.accident is not self.has_accident_day:
            self.is_sound = False
        super().settle()


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


def _claim(clm: Segment, marks: Delimiters) -> Fact[ProfessionalTally]:
    charge = cents_of(at(clm, 2))
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
    charge, units = cents_of(at(sv1, 2)), _units(at(sv1, 4))
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


def _other_payer(sbr: Segment, _: Delimiters) -> Fact[ProfessionalTally]:
    sequence = at(sbr, 1)
    if insurance_type_fault(sbr):

        def doubt(tally: ProfessionalTally) -> None:
            tally.others.append(EarlierPayer(sequence))
            tally.doubt()

        return doubt
    return lambda tally: tally.others.append(EarlierPayer(sequence))


def _ambulance(_cr1: Segment, _: Delimiters) -> Fact[LoopTally]:
    """CR1: whether both ends of the way are told."""
    return LoopTally.doubt


def _units(text: str) -> Decimal:
    try:
        return parse_quantity(text)
    except AmountError:
        return Decimal(0)


PROFESSIONAL_FACTS: dict[tuple[str, str], MakeFact[ProfessionalTally]] = {
    **BILLED_FACTS,
    ("2000B", "SBR"): _sequence,
    ("", "CLM"): _claim,
    ("2300", "HI"): _diagnoses,
    ("2300", "DTP"): _day_of_claim,
    ("2320", "SBR"): _other_payer,
    ("2300", "CR1"): _ambulance,
    ("2400", "SV1"): _service,
    ("2400", "DTP"): _day_of_line,
}
"""What the segments of a subscriber say in an 837P, as ``LoopStates`` takes it."""
