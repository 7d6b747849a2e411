"""What is known of the claims of one 837 subscriber while its segments pass by.

A tally is kept beside the walk through a subscriber's loops (``loop_states``). It asks what
``hierarchy``, ``claim_levels`` and ``date_order`` ask of every 837, and says only whether all of it
is well: whoever is told that it is not asks them what is wrong.
"""

from datetime import date

from services.payer_gateway.x12.checks import element_situations, situations
from services.payer_gateway.x12.checks.date_order import PAST
from services.payer_gateway.x12.checks.loop_states import Fact, MakeFact
from services.payer_gateway.x12.checks.period_bounds import ENDS
from services.payer_gateway.x12.dates import parse_date, parse_period
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.segments import Segment, at

CLAIMS_OF_LEVEL = 100
"""Claims that may stand below one subscriber or patient."""
_SELF = "18"
_NEEDED = {"N3": 1, "N4": 2, "DMG": 4}
_ALL_NEEDED = 7
_EARLIEST = date.min


class LoopTally:
    """What is known of a loop so far. ``position`` is that of the segment that passes by."""

    __slots__ = ("claims", "is_sound", "keys", "latest", "levels", "position")

    def __init__(self) -> None:
        self.position = 0
        self.is_sound = True
        self.latest = _EARLIEST
        self.levels = 0
        self.claims: list[tuple[str, int, int]] = []
        self.keys: list[object] = []

    def end(self) -> None:
        """The loop ends before the segment at the position."""

    def doubt(self) -> None:
        """Something may be wrong."""
        self.is_sound = False


class SubscriberTally(LoopTally):
    """One subscriber (2000B) with its patients and claims.

    ``count`` is the number of levels before it and ``above`` the number (HL01) of the level above.
    """

    __slots__ = (
        "above",
        "birth",
        "child",
        "claim_id",
        "count",
        "details",
        "first",
        "is_self",
        "lines",
        "most_lines",
        "of_level",
        "own",
        "patients",
    )

    def __init__(self, count: int, above: str, most_lines: int) -> None:
        super().__init__()
        self.count = count
        self.above = above
        self.most_lines = most_lines
        self.own = ""
        self.child = ""
        self.patients = 0
        self.is_self = False
        self.details = 0
        self.birth = _EARLIEST
        self.claim_id = ""
        self.first = 0
        self.lines = 0
        self.of_level = 0

    def level(self, number: str, parent: str, kind: str, child: str) -> None:
        """HL: the subscriber, or one of its patients."""
        self.count += 1
        self.levels += 1
        if number != str(self.count):
            self.is_sound = False
        if kind == "22":
            self.own, self.child = number, child
            if parent != self.above:
                self.is_sound = False
            return
        self.end_claim()
        self.patients += 1
        self.of_level = 0
        if parent != self.own or child != "0":
            self.is_sound = False

    def claim(self, claim_id: str) -> None:
        """CLM."""
        self.end_claim()
        self.claim_id = claim_id
        self.first = self.position
        self.lines = 0
        self.of_level += 1
        if self.of_level > CLAIMS_OF_LEVEL:
            self.is_sound = False

    def end_claim(self) -> None:
        """The claim open ends before the segment at the position."""
        if self.first:
            self.claims.append((self.claim_id, self.first, self.position - 1))
            self.first = 0

    def end(self) -> None:
        self.end_claim()
        if self.child != ("1" if self.patients else "0"):
            self.is_sound = False
        if self.is_self == bool(self.patients):
            self.is_sound = False
        if self.is_self and self.details != _ALL_NEEDED:
            self.is_sound = False

    def line(self, number: str) -> None:
        """LX."""
        self.lines += 1
        if number != str(self.lines) or self.lines > self.most_lines:
            self.is_sound = False


def _level(hl: Segment, _: Delimiters) -> Fact[SubscriberTally]:
    number, parent, kind, child = (*hl[1:5], "", "", "", "")[:4]
    return lambda tally: tally.level(number, parent, kind, child)


def _of_subscriber(sbr: Segment, _: Delimiters) -> Fact[SubscriberTally]:
    is_self = at(sbr, 2) == _SELF

    def fact(tally: SubscriberTally) -> None:
        tally.is_self = is_self

    return fact


def addressed(n4: Segment, _: Delimiters) -> Fact[LoopTally] | None:
    """An N4: whether an address of the United States lacks its state or ZIP code."""
    return LoopTally.doubt if any(element_situations.address_faults(n4)) else None


def listed(hi: Segment, _: Delimiters) -> Fact[LoopTally] | None:
    """An HI: whether a code follows an empty element."""
    return LoopTally.doubt if any(element_situations.gap_faults(hi)) else None


def paid(amt: Segment, _: Delimiters) -> Fact[LoopTally] | None:
    """An AMT: whether a patient has paid less than nothing."""
    return LoopTally.doubt if any(element_situations.paid_faults(amt)) else None


def _detail(segment: Segment, marks: Delimiters) -> Fact[SubscriberTally]:
    if segment[0] == "N4" and addressed(segment, marks):
        return LoopTally.doubt
    needed = _NEEDED[segment[0]]

    def fact(tally: SubscriberTally) -> None:
        tally.details |= needed

    return fact


def _birth(dmg: Segment, _: Delimiters) -> Fact[SubscriberTally] | None:
    day = parse_date(at(dmg, 2))
    if day is None:
        return LoopTally.doubt
    birth = day

    def fact(tally: SubscriberTally) -> None:
        tally.birth = birth
        tally.latest = max(tally.latest, birth)

    return fact


def _death(pat: Segment, _: Delimiters) -> Fact[SubscriberTally] | None:
    day = parse_date(at(pat, 6))
    if day is None:
        return None
    death = day

    def fact(tally: SubscriberTally) -> None:
        tally.latest = max(tally.latest, death)

    return fact


def _birth_of_subscriber(dmg: Segment, marks: Delimiters) -> Fact[SubscriberTally]:
    birth, detail = _birth(dmg, marks), _detail(dmg, marks)

    def fact(tally: SubscriberTally) -> None:
        detail(tally)
        if birth:
            birth(tally)

    return fact


def dated(dtp: Segment, _: Delimiters) -> Fact[SubscriberTally] | None:
    """A DTP beside the day of birth, and how late it is."""
    period = parse_period(at(dtp, 2), at(dtp, 3))
    if period is None:
        return None
    first, last = period[0], period[1] or period[0]
    qualifier = at(dtp, 1)
    if last < first or qualifier == "096" or qualifier in ENDS:
        return LoopTally.doubt
    is_past = qualifier in PAST
    is_care = qualifier in {"472", "434", "435"}

    def fact(tally: SubscriberTally) -> None:
        if is_past and last > tally.latest:
            tally.latest = last
        if is_care and first < tally.birth:
            tally.is_sound = False

    return fact if is_past or is_care else None


def dated_once(dtm: Segment, _: Delimiters) -> Fact[LoopTally] | None:
    """A DTM, and how late it is."""
    period = parse_period("D8", at(dtm, 2))
    if period is None or at(dtm, 1) not in PAST:
        return None
    day = period[0]

    def fact(tally: LoopTally) -> None:
        tally.latest = max(tally.latest, day)

    return fact


def named(nm1: Segment, _: Delimiters) -> Fact[LoopTally] | None:
    """An NM1: whether an organization has names that only a person has."""
    return LoopTally.doubt if situations.needless_names(nm1) else None


def attached(pwk: Segment, _: Delimiters) -> Fact[LoopTally] | None:
    """A PWK: whether what is sent apart has its number."""
    return LoopTally.doubt if situations.lacks_number(pwk) else None


def _claim(clm: Segment, _: Delimiters) -> Fact[SubscriberTally]:
    claim_id = at(clm, 1)
    return lambda tally: tally.claim(claim_id)


def _line(lx: Segment, _: Delimiters) -> Fact[SubscriberTally]:
    number = lx[1]
    return lambda tally: tally.line(number)


LEVEL_FACTS: dict[tuple[str, str], MakeFact[LoopTally]] = {
    ("", "NM1"): named,
    ("", "N4"): addressed,
}
"""What the segments of a billing provider say in any 837, as ``LoopStates`` takes it."""

SUBSCRIBER_FACTS: dict[tuple[str, str], MakeFact[SubscriberTally]] = {
    ("", "HL"): _level,
    ("2000B", "SBR"): _of_subscriber,
    ("2010BA", "N3"): _detail,
    ("2010BA", "N4"): _detail,
    ("2010BA", "DMG"): _birth_of_subscriber,
    ("", "DMG"): _birth,
    ("", "PAT"): _death,
    ("", "CLM"): _claim,
    ("", "DTP"): dated,
    ("", "LX"): _line,
    ("", "NM1"): named,
    ("", "N4"): addressed,
    ("", "HI"): listed,
    ("", "AMT"): paid,
    ("", "PWK"): attached,
}
"""What the segments of a subscriber say in any 837, as ``LoopStates`` takes it."""
