"""What is known of the claims of one subscriber, of either guide, while their segments pass by.

It asks what every 837 is asked of the values of a claim together: sums, numbers, payers.
"""

from services.payer_gateway.x12.adjustment import read_adjustments, total_cents
from services.payer_gateway.x12.amounts import AmountError, parse_cents
from services.payer_gateway.x12.checks.claim_tally import (
    SUBSCRIBER_FACTS,
    LoopTally,
    SubscriberTally,
    dated,
    named,
)
from services.payer_gateway.x12.checks.loop_states import Fact, MakeFact
from services.payer_gateway.x12.codes import NEEDS_ORIGINAL
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.segments import Segment, at

_TAXONOMY = 10


class EarlierPayer:
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


class BilledTally(SubscriberTally):
    """A subscriber of an 837, and what its claims charge, to whom, and what was paid before."""

    __slots__ = (
        "charge",
        "charged",
        "content",
        "controls",
        "frequency",
        "has_original",
        "last_charge",
        "member",
        "others",
        "sequence",
        "settled",
    )

    def __init__(self, count: int, above: str, most_lines: int) -> None:
        super().__init__(count, above, most_lines)
        self.member = ""
        self.sequence = ""
        self.clear(0, "")

    def clear(self, charge: int, frequency: str) -> None:
        """Nothing is known yet of a claim with that charge in cents."""
        self.charge = charge
        self.frequency = frequency
        self.charged = self.last_charge = 0
        self.has_original = False
        self.controls: list[str] = []
        self.content: list[object] = [self.member, frequency]
        self.others: list[EarlierPayer] = []
        self.settled: list[EarlierPayer] = []

    def end_claim(self) -> None:
        if self.first:
            self.settle()
            super().end_claim()

    def settle(self) -> None:
        """The claim is whole: whether what it says agrees."""
        controls = self.controls
        if (
            self.charge != self.charged
            or self.charge < 0
            or len(set(controls)) != len(controls)
            or (self.frequency in NEEDS_ORIGINAL and not self.has_original)
            or (self.frequency == "1" and self.has_original)
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


def _member(nm1: Segment, marks: Delimiters) -> Fact[BilledTally]:
    if named(nm1, marks):
        return LoopTally.doubt
    member = at(nm1, 9)

    def fact(tally: BilledTally) -> None:
        tally.member = member

    return fact


def _reference(ref: Segment, _: Delimiters) -> Fact[BilledTally] | None:
    if at(ref, 1) != "F8":
        return None

    def fact(tally: BilledTally) -> None:
        tally.has_original = True

    return fact


def _control_number(ref: Segment, _: Delimiters) -> Fact[BilledTally] | None:
    if at(ref, 1) != "6R":
        return None
    number = at(ref, 2)
    return lambda tally: tally.controls.append(number)


def _other_name(nm1: Segment, marks: Delimiters) -> Fact[BilledTally]:
    if named(nm1, marks):
        return LoopTally.doubt
    identifier = at(nm1, 9)

    def fact(tally: BilledTally) -> None:
        tally.others[-1].identifier = identifier

    return fact


def _other_day(dtp: Segment, marks: Delimiters) -> Fact[BilledTally]:
    of_day = dated(dtp, marks)

    def fact(tally: BilledTally) -> None:
        if of_day is not None:
            of_day(tally)
        tally.others[-1].has_day = True

    return fact


def _other_paid(amt: Segment, _: Delimiters) -> Fact[BilledTally] | None:
    paid = cents_of(at(amt, 2))
    if paid is None:
        return LoopTally.doubt
    if at(amt, 1) != "D":
        return None
    cents = paid

    def fact(tally: BilledTally) -> None:
        tally.others[-1].paid = cents
        tally.others[-1].has_decided = True

    return fact


def _other_adjusted(cas: Segment, _: Delimiters) -> Fact[BilledTally]:
    adjusted = _adjusted(cas)
    if adjusted is None:
        return LoopTally.doubt
    cents = adjusted

    def fact(tally: BilledTally) -> None:
        tally.others[-1].adjusted += cents
        tally.others[-1].has_decided = True

    return fact


def _line_paid(svd: Segment, _: Delimiters) -> Fact[BilledTally]:
    paid, identifier = cents_of(at(svd, 2)), at(svd, 1)
    if paid is None:
        return LoopTally.doubt
    cents = paid
    return lambda tally: tally.settled.append(
        EarlierPayer("", identifier, cents, tally.last_charge)
    )


def _line_adjusted(cas: Segment, _: Delimiters) -> Fact[BilledTally]:
    adjusted = _adjusted(cas)
    if adjusted is None:
        return LoopTally.doubt
    cents = adjusted

    def fact(tally: BilledTally) -> None:
        tally.settled[-1].adjusted += cents

    return fact


def specialty(prv: Segment, _: Delimiters) -> Fact[LoopTally] | None:
    """A PRV: whether the taxonomy code has the form of one."""
    code = at(prv, 3)
    is_formed = len(code) == _TAXONOMY and code.isascii() and code.isalnum()
    return None if is_formed else LoopTally.doubt


def cents_of(text: str) -> int | None:
    try:
        return parse_cents(text)
    except AmountError:
        return None


def _adjusted(cas: Segment) -> int | None:
    try:
        return total_cents(read_adjustments(cas))
    except AmountError:
        return None


BILLED_FACTS: dict[tuple[str, str], MakeFact[BilledTally]] = {
    **SUBSCRIBER_FACTS,
    ("2010BA", "NM1"): _member,
    ("", "PRV"): specialty,
    ("2300", "REF"): _reference,
    ("2320", "AMT"): _other_paid,
    ("2320", "CAS"): _other_adjusted,
    ("2330B", "NM1"): _other_name,
    ("2330B", "DTP"): _other_day,
    ("2400", "REF"): _control_number,
    ("2430", "SVD"): _line_paid,
    ("2430", "CAS"): _line_adjusted,
}
"""What the segments of a subscriber say of its claims in any 837, as ``LoopStates`` takes it."""
