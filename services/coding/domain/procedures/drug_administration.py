"""Giving drugs: injections, pushes, infusions and hydration, one initial service a day.

NCCI Policy Manual XI.B: one initial code a day and vein; the rest is sequential, concurrent or a
further hour. The order in which the initial one is chosen: chemotherapy before other therapy before
hydration, infusion before push. Minutes decide: an infusion of 15 or fewer is a push, hydration
of 30 or fewer is not reported, a further hour begins 31 minutes past the last. In a facility the
practitioner does not report administration (XI.B).
"""

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from schemas.encounter import DrugAdministration
from services.coding.domain.coding_result import EvidenceAt, Line, Rejected
from services.coding.domain.edits.code_families import GIVEN_LOCALLY, LOCAL_INJECTIONS, within
from services.coding.domain.procedures.complex_drugs import HORMONES, is_antineoplastic
from services.coding.domain.procedures.drug_names import is_fluid

FACILITY_PLACES = frozenset(("19", "21", "22", "23", "24", "31", "51", "52", "61"))
_LONGEST_PUSH = 15
_LEAST_HYDRATION = 31
_FIRST_HOUR = 60
_PAST_THE_HOUR = 31
_INITIAL = frozenset(("96360", "96365", "96374", "96409", "96413"))
_CONCURRENT = "96368"
_KEEPS_OPEN = re.compile(r"\b(?:kvo|tko|keep(?:s|ing)?(?: \w+)? (?:vein |line )?open)\b", re.I)
Span = tuple[datetime, datetime]
Way = Literal["injection", "push", "infusion", "hydration"]


class Given(Struct, frozen=True):
    """A drug with its code; ``minutes`` of an infusion where both times are known."""

    item: DrugAdministration
    code: str
    way: Way
    minutes: int | None = None
    complex_biologic: bool = False

    @property
    def site(self) -> int:
        """The vascular access it went through; 1 where the record tells of only one."""
        return self.item.access or 1

    @property
    def is_chemotherapy(self) -> bool:
        """Whether its administration is reported with the codes for complex drugs."""
        return self.complex_biologic or is_antineoplastic(self.code)


class Administered(Struct):
    """Lines for the administration, what a coder has to look at, what is not reported."""

    lines: list[Line] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def administration(
    given: Sequence[tuple[DrugAdministration, str]],
    beside: Collection[str] = (),
    biologics: Collection[str] = (),
) -> Administered:
    """The lines for drugs in the order given, each with its code.

    ``beside``: codes of the procedures done; giving a drug into a joint, sheath, nerve or lesion is
    the procedure itself, so that a drug of those given so is not injected twice (XI.B.1; IV.C).
    ``biologics``: codes of those that count as complex drugs where they are pushed or infused.

    Each site of vascular access that the record tells apart has an initial service of its own; the
    lumina of one catheter are one site (XI.B.2, XI.B.3).
    """
    found = Administered()
    local = any(within(code, LOCAL_INJECTIONS) for code in beside)
    by_way = [
        each
        for item, code in given
        if not _is_local(item, code, found, beside_injection=local)
        and (each := _given(item, code, found, biologic=code in biologics))
    ]
    pushed = _once_each([each for each in by_way if each.way == "push"], found)
    infused = [each for each in by_way if each.way == "infusion"]
    alone = _alone([each for each in by_way if each.way == "hydration"], infused, found)
    sites = sorted({each.site for each in (*pushed, *infused, *(one for one, _ in alone))})
    for number, site in enumerate(sites):
        made = Administered()
        _through(
            [each for each in infused if each.site == site],
            [each for each in pushed if each.site == site],
            [each for each in alone if each[0].site == site],
            made,
        )
        found.reasons.extend(made.reasons)
        found.rejected.extend(made.rejected)
        for line in made.lines:
            _add(found, line, elsewhere=number > 0)
    injected = [each for each in by_way if each.way == "injection"]
    _injections(injected, found, beside=any(line.code in _INITIAL for line in found.lines))
    return found


def _through(
    infused: list[Given],
    pushed: list[Given],
    alone: Sequence[tuple[Given, int]],
    found: Administered,
) -> None:
    """All that went through one site: one initial service, the rest in its order."""
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
    _hydration(alone, found, initial=initial)


def _add(found: Administered, line: Line, *, elsewhere: bool) -> None:
    """A line of one site beside those of others: an initial one says XS, others add units."""
    for number, before in enumerate(found.lines):
        if before.code == line.code and line.code not in _INITIAL:
            units = before.units if line.code == _CONCURRENT else before.units + line.units
            evidence = (*before.evidence, *line.evidence)
            found.lines[number] = replace(before, units=units, evidence=evidence)
            return
    if elsewhere and line.code in _INITIAL:
        line = replace(line, modifiers=("XS",), rules=("NCCI XI.B.2 an access of its own",))
    found.lines.append(line)


def _is_local(
    item: DrugAdministration, code: str, found: Administered, *, beside_injection: bool
) -> bool:
    """Whether a drug went into a joint or the like: as recorded, or as those of its kind do."""
    injected = item.route in ("intramuscular", "subcutaneous")
    if not item.local and not (beside_injection and injected and code in GIVEN_LOCALLY):
        return False
    found.rejected.append(Rejected("96372", "within_procedure", item.item_id))
    return True


def _given(
    item: DrugAdministration, code: str, found: Administered, *, biologic: bool
) -> Given | None:
    if item.route in ("intramuscular", "subcutaneous"):
        return Given(item, code, "injection")
    if item.route == "intravenous_push":
        return Given(item, code, "push", complex_biologic=biologic)
    if item.route != "infusion":
        return None
    minutes = None
    if item.started_at is not None and item.stopped_at is not None:
        minutes = int((item.stopped_at - item.started_at).total_seconds() // 60)
        if minutes <= 0:
            found.reasons.append(f"infusion_times_unusable:{item.item_id}")
            return None
    if is_fluid(code):
        if _KEEPS_OPEN.search(item.description):
            found.rejected.append(Rejected("96360", "keeps_a_line_open", item.item_id))
            return None
        return Given(item, code, "hydration", minutes)
    if minutes is not None and minutes <= _LONGEST_PUSH:
        return Given(item, code, "push", minutes, biologic)
    return Given(item, code, "infusion", minutes, biologic)


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


def _alone(
    hydrated: Sequence[Given], infused: Sequence[Given], found: Administered
) -> list[tuple[Given, int]]:
    """Hydration with the minutes it ran alone: not beside a drug (XI.B.6), nor twice at once."""
    untimed = any(each.minutes is None for each in infused)
    taken = [span for each in infused if (span := _span(each)) is not None]
    counted: list[tuple[Given, int]] = []
    for each in hydrated:
        span = _span(each)
        if span is None or each.minutes is None:
            found.reasons.append(f"hydration_needs_times:{each.item.item_id}")
            continue
        if untimed:
            found.reasons.append(f"hydration_beside_untimed_infusion:{each.item.item_id}")
        minutes = _longest_alone(span, taken)
        taken.append(span)
        if minutes >= _LEAST_HYDRATION:
            counted.append((each, minutes))
            continue
        reason = (
            "hydration_of_30_minutes_or_less"
            if each.minutes < _LEAST_HYDRATION
            else "hydration_beside_an_infusion"
        )
        found.rejected.append(Rejected("96360", reason, each.item.item_id))
    return counted


def _span(each: Given) -> Span | None:
    begun, ended = each.item.started_at, each.item.stopped_at
    return None if begun is None or ended is None else (begun, ended)


def _longest_alone(span: Span, taken: Sequence[Span]) -> int:
    """Minutes of the parts of ``span`` outside all others that are long enough to count."""
    parts = [span]
    for begun, ended in taken:
        parts = [
            piece
            for first, last in parts
            for piece in ((first, min(last, begun)), (max(first, ended), last))
            if piece[0] < piece[1]
        ]
    minutes = [int((last - first).total_seconds() // 60) for first, last in parts]
    return sum(each for each in minutes if each >= _LEAST_HYDRATION)


def _hydration(alone: Sequence[tuple[Given, int]], found: Administered, *, initial: bool) -> None:
    """96360 for the first hour where nothing else was initial, 96361 for what is beyond."""
    if not alone:
        return
    total = sum(minutes for _, minutes in alone)
    counted = [each for each, _ in alone]
    if initial:
        found.lines.append(_line("96360", 1, counted, 940))
        further = _hours(total)
    else:
        further = _hours(total + _FIRST_HOUR)
    if further:
        found.lines.append(_line("96361", further, counted, 940))


def _injections(injected: Sequence[Given], found: Administered, *, beside: bool) -> None:
    """An injection beside a vein's service is at a site of its own, which XU says (I.E)."""
    hormones = [each for each in injected if each.code in HORMONES]
    complex_ = [each for each in injected if each.is_chemotherapy and each.code not in HORMONES]
    others = [each for each in injected if not each.is_chemotherapy]
    for code, group in (("96401", complex_), ("96402", hormones), ("96372", others)):
        if group:
            line = _line(code, len(group), group, 970)
            found.lines.append(replace(line, modifiers=("XU",)) if beside else line)
            beside = beside or code != "96372"


def _line(code: str, units: int, given: Sequence[Given], confidence: int) -> Line:
    return Line(
        code,
        units=units,
        evidence=tuple(EvidenceAt("structured", each.item.item_id) for each in given),
        rules=("NCCI XI.B one initial service a day",) if code in _INITIAL else (),
        confidence=confidence,
    )
