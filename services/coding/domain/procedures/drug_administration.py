"""Giving drugs: injections, pushes, infusions and hydration, one initial service a day.

NCCI Policy Manual XI.B: one initial code a day and vein; the rest is sequential, concurrent or a
further hour. The order in which the initial one is chosen: chemotherapy before other therapy before
hydration, infusion before push. Minutes decide: an infusion of 15 or fewer is a push, hydration
of 30 or fewer is not reported, a further hour begins 31 minutes past the last. In a facility the
practitioner does not report administration (XI.B).
"""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from schemas.encounter import DrugAdministration
from services.coding.domain.coding_result import EvidenceAt, Line, Rejected
from services.coding.domain.procedures.drug_names import is_fluid

FACILITY_PLACES = frozenset(("19", "21", "22", "23", "24", "31", "51", "52", "61"))
_LONGEST_PUSH = 15
_LEAST_HYDRATION = 31
_FIRST_HOUR = 60
_PAST_THE_HOUR = 31
_HORMONES = frozenset(
    ("J1950", "J1951", "J1952", "J1954", "J3315", "J3316", "J9155", "J9202", "J9217", "J9218",
     "J9219", "J9225", "J9226", "J9393", "J9394", "J9395")
)  # fmt: skip
Way = Literal["injection", "push", "infusion", "hydration"]


class Given(Struct, frozen=True):
    """A drug with its code; ``minutes`` of an infusion where both times are known."""

    item: DrugAdministration
    code: str
    way: Way
    minutes: int | None = None

    @property
    def is_chemotherapy(self) -> bool:
        """Whether its administration is reported with the codes for complex drugs."""
        return self.code.startswith("J9") or self.code in _HORMONES


class Administered(Struct):
    """Lines for the administration, what a coder has to look at, what is not reported."""

    lines: list[Line] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def administration(given: Sequence[tuple[DrugAdministration, str]]) -> Administered:
    """The lines for drugs in the order given, each with its code."""
    found = Administered()
    sorted_by_way = [each for item, code in given if (each := _given(item, code, found))]
    infused = [each for each in sorted_by_way if each.way == "infusion"]
    pushed = _once_each([each for each in sorted_by_way if each.way == "push"], found)
    hydrated = [each for each in sorted_by_way if each.way == "hydration"]
    injected = [each for each in sorted_by_way if each.way == "injection"]
    infused.sort(key=lambda each: not each.is_chemotherapy)
    pushed.sort(key=lambda each: not each.is_chemotherapy)
    initial = True
    if infused and not (pushed and pushed[0].is_chemotherapy and not infused[0].is_chemotherapy):
        _infusions(infused, found, initial=True)
        initial = False
        infused = []
    for each in pushed:
        _push(each, found, initial=initial)
        initial = False
    if infused:
        _infusions(infused, found, initial=False)
    _hydration(hydrated, found, initial=initial)
    initial = initial and not any(line.code == "96360" for line in found.lines)
    _injections(injected, found, beside=not initial)
    return found


def _given(item: DrugAdministration, code: str, found: Administered) -> Given | None:
    if item.route in ("intramuscular", "subcutaneous"):
        return Given(item, code, "injection")
    if item.route == "intravenous_push":
        return Given(item, code, "push")
    if item.route != "infusion":
        return None
    minutes = None
    if item.started_at is not None and item.stopped_at is not None:
        minutes = int((item.stopped_at - item.started_at).total_seconds() // 60)
        if minutes <= 0:
            found.reasons.append(f"infusion_times_unusable:{item.item_id}")
            return None
    if is_fluid(code):
        return Given(item, code, "hydration", minutes)
    if minutes is not None and minutes <= _LONGEST_PUSH:
        return Given(item, code, "push", minutes)
    return Given(item, code, "infusion", minutes)


def _once_each(pushed: list[Given], found: Administered) -> list[Given]:
    """A push of the same drug once more is reported by facilities only (XI.B)."""
    first: dict[str, Given] = {}
    for each in pushed:
        if first.setdefault(each.code, each) is not each:
            found.rejected.append(
                Rejected("96376", "same_drug_again_facility_only", each.item.item_id)
            )
    return list(first.values())


def _hours(minutes: int) -> int:
    """Hours beyond the first, each begun by more than half an hour."""
    return max((minutes - _FIRST_HOUR - _PAST_THE_HOUR) // 60 + 1, 0)


def _infusions(infused: Sequence[Given], found: Administered, *, initial: bool) -> None:
    running: list[Given] = []
    seen: set[str] = set()
    for number, each in enumerate(infused):
        first = initial and number == 0
        if each.minutes is None and not first:
            found.reasons.append(f"further_infusion_needs_times:{each.item.item_id}")
            continue
        chemotherapy = each.is_chemotherapy
        minutes = each.minutes or _FIRST_HOUR
        confidence = 780 if each.minutes is None else 960
        if first:
            found.lines.append(_line("96413" if chemotherapy else "96365", 1, [each], confidence))
        elif not chemotherapy and any(_overlap(each, other) for other in running):
            if all(line.code != "96368" for line in found.lines):
                found.lines.append(_line("96368", 1, [each], 900))
            continue
        elif each.code in seen:
            minutes += _FIRST_HOUR
        else:
            found.lines.append(_line("96417" if chemotherapy else "96367", 1, [each], confidence))
        running.append(each)
        seen.add(each.code)
        more = _hours(minutes)
        if more:
            found.lines.append(
                _line("96415" if chemotherapy else "96366", more, [each], confidence)
            )


def _overlap(one: Given, other: Given) -> bool:
    times = (one.item.started_at, one.item.stopped_at, other.item.started_at, other.item.stopped_at)
    if times[0] is None or times[1] is None or times[2] is None or times[3] is None:
        return False
    return times[0] < times[3] and times[2] < times[1]


def _push(each: Given, found: Administered, *, initial: bool) -> None:
    if each.is_chemotherapy:
        code = "96409" if initial else "96411"
    else:
        code = "96374" if initial else "96375"
    for number, line in enumerate(found.lines):
        if line.code == code == "96375" or line.code == code == "96411":
            evidence = (*line.evidence, EvidenceAt("structured", each.item.item_id))
            found.lines[number] = replace(line, units=line.units + 1, evidence=evidence)
            return
    found.lines.append(_line(code, 1, [each], 950))


def _hydration(hydrated: Sequence[Given], found: Administered, *, initial: bool) -> None:
    """Hydration beside another infusion counts only for the time it ran alone."""
    total = 0
    counted: list[Given] = []
    for each in hydrated:
        if each.minutes is None:
            found.reasons.append(f"hydration_needs_times:{each.item.item_id}")
        elif each.minutes < _LEAST_HYDRATION:
            found.rejected.append(
                Rejected("96360", "hydration_of_30_minutes_or_less", each.item.item_id)
            )
        else:
            total += each.minutes
            counted.append(each)
    if not counted:
        return
    if initial:
        found.lines.append(_line("96360", 1, counted, 940))
        further = _hours(total)
    else:
        further = _hours(total + _FIRST_HOUR)
    if further:
        found.lines.append(_line("96361", further, counted, 940))


def _injections(injected: Sequence[Given], found: Administered, *, beside: bool) -> None:
    """An injection beside a vein's service is at a site of its own, which XU says (I.E)."""
    hormones = [each for each in injected if each.code in _HORMONES]
    complex_ = [each for each in injected if each.is_chemotherapy and each.code not in _HORMONES]
    others = [each for each in injected if not each.is_chemotherapy]
    for code, group in (("96401", complex_), ("96402", hormones), ("96372", others)):
        if group:
            line = _line(code, len(group), group, 970)
            found.lines.append(replace(line, modifiers=("XU",)) if beside else line)
            beside = beside or code != "96372"


def _line(code: str, units: int, given: Sequence[Given], confidence: int) -> Line:
    initial = code in ("96360", "96365", "96374", "96409", "96413")
    return Line(
        code,
        units=units,
        evidence=tuple(EvidenceAt("structured", each.item.item_id) for each in given),
        rules=("NCCI XI.B one initial service a day",) if initial else (),
        confidence=confidence,
    )
