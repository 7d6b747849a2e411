"""What is known of one claim of an 835 while its segments pass by.

It asks what ``balance`` asks of a claim and its lines, and whether their amounts can be read.
"""

from datetime import date

from services.payer_gateway.x12.adjustment import read_adjustments, total_cents
from services.payer_gateway.x12.amounts import AmountError, parse_cents
from services.payer_gateway.x12.checks.claim_tally import LoopTally, dated_once, named
from services.payer_gateway.x12.checks.loop_states import Fact, MakeFact
from services.payer_gateway.x12.dates import parse_date
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.remittance import REVERSAL
from services.payer_gateway.x12.segments import Segment, at

_MOST_SERVICES = 999
_PERIODS = (("232", "233"), ("150", "151"))


class PaidClaimTally(LoopTally):
    """A claim of an 835 (2100)."""

    __slots__ = (
        "adjusted",
        "charge",
        "charged",
        "claim_id",
        "days",
        "first",
        "has_start",
        "is_dated",
        "is_reversal",
        "of_patient",
        "paid",
        "services",
        "share",
        "unadjusted",
    )

    def __init__(self) -> None:
        super().__init__()
        self.claim_id = ""
        self.first = 0
        self.services = 0
        self.days: dict[str, date] = {}
        self.has_start = False
        self.is_dated = True
        self.is_reversal = False
        self.charge = self.paid = self.share = 0
        self.adjusted = self.of_patient = self.charged = 0
        self.unadjusted = 0

    def claim(self, claim_id: str, amounts: tuple[int, int, int], *, is_reversal: bool) -> None:
        """CLP: charge, payment, and the patient's share, in cents."""
        self.claim_id = claim_id
        self.first = self.position
        self.charge, self.paid, self.share = amounts
        self.is_reversal = is_reversal

    def service(self, charge: int, paid: int) -> None:
        """SVC: what of its charge is not paid is to be adjusted."""
        self._end_days()
        self._end_line()
        self.services += 1
        self.days = {}
        self.charged += charge
        self.unadjusted = charge - paid

    def adjust(self, cents: int, of_patient: int) -> None:
        """CAS of the claim, or of the line that is open."""
        self.adjusted += cents
        self.of_patient += of_patient
        self.unadjusted -= cents

    def _end_line(self) -> None:
        """The line open, if one is, balances."""
        if self.services and self.unadjusted:
            self.is_sound = False

    def _is_balanced(self) -> bool:
        """Whether the claim balances with its lines, and its share of the patient with them."""
        if self.charge - self.adjusted != self.paid:
            return False
        if self.services and self.charged != self.charge:
            return False
        return self.is_reversal or self.share == self.of_patient

    def _end_days(self) -> None:
        """The days of the claim, or of a line, have all passed by."""
        days = self.days
        for first, last in _PERIODS:
            if first in days and last in days and days[last] < days[first]:
                self.is_sound = False
        if not self.services:
            self.has_start = "232" in days
        elif ("150" in days) != ("151" in days):
            self.is_sound = False
        elif not days:
            self.is_dated = False

    def end(self) -> None:
        self._end_days()
        self._end_line()
        if not self._is_balanced():
            self.is_sound = False
        if not self.has_start and not (self.services and self.is_dated):
            self.is_sound = False
        self.claims.append((self.claim_id, self.first, self.position - 1))
        if self.services > _MOST_SERVICES:
            self.is_sound = False


def _claim(clp: Segment, _: Delimiters) -> Fact[PaidClaimTally]:
    claim_id, is_reversal = at(clp, 1), at(clp, 2) == REVERSAL
    try:
        amounts = (parse_cents(at(clp, 3)), parse_cents(at(clp, 4)), parse_cents(at(clp, 5) or "0"))
    except AmountError:
        return LoopTally.doubt
    return lambda tally: tally.claim(claim_id, amounts, is_reversal=is_reversal)


def _service(svc: Segment, _: Delimiters) -> Fact[PaidClaimTally]:
    try:
        charge, paid = parse_cents(at(svc, 2)), parse_cents(at(svc, 3))
    except AmountError:
        return LoopTally.doubt
    return lambda tally: tally.service(charge, paid)


def _adjusted(cas: Segment, _: Delimiters) -> Fact[PaidClaimTally]:
    try:
        cents = total_cents(read_adjustments(cas))
    except AmountError:
        return LoopTally.doubt
    of_patient = cents if at(cas, 1) == "PR" else 0
    return lambda tally: tally.adjust(cents, of_patient)


def _amount(amt: Segment, _: Delimiters) -> Fact[LoopTally] | None:
    try:
        parse_cents(at(amt, 2))
    except AmountError:
        return LoopTally.doubt
    return None


def _day(dtm: Segment, marks: Delimiters) -> Fact[PaidClaimTally]:
    of_day, qualifier = dated_once(dtm, marks), at(dtm, 1)
    day = parse_date(at(dtm, 2)) or date.min

    def fact(tally: PaidClaimTally) -> None:
        if of_day is not None:
            of_day(tally)
        tally.days[qualifier] = day

    return fact


PAID_CLAIM_FACTS: dict[tuple[str, str], MakeFact[PaidClaimTally]] = {
    ("", "CLP"): _claim,
    ("", "SVC"): _service,
    ("", "CAS"): _adjusted,
    ("", "AMT"): _amount,
    ("", "DTM"): _day,
    ("", "NM1"): named,
}
"""What the segments of a claim of an 835 say, as ``LoopStates`` takes it."""
