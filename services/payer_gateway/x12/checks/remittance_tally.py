"""What is known of one claim of an 835 while its segments pass by, but for its balance."""

from datetime import date

from services.payer_gateway.x12.checks.claim_tally import LoopTally, dated_once, named
from services.payer_gateway.x12.checks.loop_states import Fact, MakeFact
from services.payer_gateway.x12.dates import parse_date
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.segments import Segment, at

_MOST_SERVICES = 999
_PERIODS = (("232", "233"), ("150", "151"))


class PaidClaimTally(LoopTally):
    """A claim of an 835 (2100)."""

    __slots__ = ("claim_id", "days", "first", "has_start", "is_dated", "services")

    def __init__(self) -> None:
        super().__init__()
        self.claim_id = ""
        self.first = 0
        self.services = 0
        self.days: dict[str, date] = {}
        self.has_start = False
        self.is_dated = True

    def claim(self, claim_id: str) -> None:
        """CLP."""
        self.claim_id = claim_id
        self.first = self.position

    def service(self) -> None:
        """SVC."""
        self._end_days()
        self.services += 1
        self.days = {}

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
        if not self.has_start and not (self.services and self.is_dated):
            self.is_sound = False
        self.claims.append((self.claim_id, self.first, self.position - 1))
        if self.services > _MOST_SERVICES:
            self.is_sound = False


def _claim(clp: Segment, _: Delimiters) -> Fact[PaidClaimTally]:
    claim_id = at(clp, 1)
    return lambda tally: tally.claim(claim_id)


def _service(_: Segment, __: Delimiters) -> Fact[PaidClaimTally]:
    return PaidClaimTally.service


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
    ("", "DTM"): _day,
    ("", "NM1"): named,
}
"""What the segments of a claim of an 835 say, as ``LoopStates`` takes it."""
