"""Modifiers of visits, and what is added to them or falls away because of other services.

25: significant and separately identifiable beside a procedure or an injection of the day; the
decision for a minor procedure is part of it (NCCI Policy Manual I.D). 57: the visit that decided on
a major procedure of that or the next day. 24: unrelated, in the global period of another. AI: the
physician who oversees a stay. 95 and 93: by video, by voice. G2211: Medicare's addition for a
continuing relationship, from 2024; beside 25 only where that is for prevention or a vaccine, from
2025; at home too from 2026 (42 CFR 414.22; annual fee schedule rules).
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from msgspec import Struct, field
from msgspec.structs import replace

from schemas.encounter import EncounterDocumented
from services.coding.domain.code_sets import CodeSets
from services.coding.domain.coding_result import Diagnosis, Line, Rejected, VisitLevel
from services.coding.domain.edits.tables import PairEdit
from services.coding.domain.edits.visit_complexity import is_for_prevention
from services.coding.domain.procedures.prolonged_time import MEDICARE_PROGRAMMES
from services.coding.domain.procedures.separate_visit import not_evidently_separate
from services.coding.domain.procedures.surgical_package import (
    is_related,
    package_days,
    packages,
    unknown_packages,
)

ADMINISTRATION_OF_VACCINES = frozenset(
    ("90460", "90461", "90471", "90472", "90473", "90474", "90480", "G0008", "G0009", "G0010")
)
_TELEHEALTH_PLACES = ("02", "10")
_MAJOR = 90
_MINOR = (0, 10)
_INITIAL_STAY = frozenset(("99221", "99222", "99223", "99304", "99305", "99306"))
_COMPLEX_FROM = date(2024, 1, 1)
_COMPLEX_BESIDE_PREVENTION_FROM = date(2025, 1, 1)
_COMPLEX_AT_HOME_FROM = date(2026, 1, 1)
_OFFICE = ("9920", "9921")
_HOME = ("9934", "9935")
COMPLEX = "G2211"
_TELEHEALTH_CODES = "980"
_WELLNESS = frozenset(("G0438", "G0439"))
_PART_OF_WELLNESS = frozenset(("99497", "99498"))
_PREVENTIVE = ("9938", "9939", "G0402", "G0438", "G0439")
_SCREENING_OF_WOMEN = frozenset(("G0101", "Q0091"))
_SHARED_IN = ("emergency", "inpatient", "outpatient_hospital", "nursing_facility")
_NURSING_HOME = "32"
_BY_EXCEPTION = frozenset(("99202", "99203", "99211", "99212", "99213", "G0402", "G0438", "G0439"))


class Arranged(Struct):
    """Visit lines as they are reported, what a coder has to look at, what fell away."""

    lines: list[Line] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def arranged_visits(  # noqa: PLR0917 - the lines and what decides their modifiers
    visits: Sequence[Line],
    others: Sequence[Line],
    encounter: EncounterDocumented,
    diagnoses: Sequence[Diagnosis],
    sets: CodeSets,
    programme: str,
    levels: Sequence[VisitLevel] = (),
) -> Arranged:
    """The visits with their modifiers; the first of two is the preventive one."""
    found = Arranged()
    if not visits:
        return found
    unrelated = False
    if encounter.earlier_procedures:
        unrelated, included = _in_package(encounter, diagnoses, sets, found)
        if included is not None:
            found.rejected.extend(Rejected(line.code, "within_global_period") for line in visits)
            if not others:
                found.reasons.append(f"visit_within_global_period:{included}")
            return found
    wellness = any(line.code in _WELLNESS for line in visits)
    major, separate = _beside(visits[0], others, encounter, sets, wellness=wellness)
    if separate and len(visits) == 1:
        procedure = not_evidently_separate(others, encounter, diagnoses, sets, levels)
        if procedure:
            found.reasons.append(f"separate_visit_not_evident:{visits[0].code}:{procedure}")
    telehealth = _telehealth(encounter, found)
    for number, visit in enumerate(visits):
        modifiers = list(visit.modifiers)
        rules = list(visit.rules)
        if unrelated:
            modifiers.append("24")
            rules.append("unrelated to an earlier procedure")
        if separate or number > 0:
            modifiers.append("25")
            rules.append("NCCI I.D modifier 25")
        if major:
            modifiers.append("57")
            rules.append("NCCI I.D decision for a major procedure")
        if encounter.admitting and programme in MEDICARE_PROGRAMMES and visit.code in _INITIAL_STAY:
            modifiers.append("AI")
        if telehealth and not visit.code.startswith(_TELEHEALTH_CODES):
            modifiers.append(telehealth)
        if encounter.circumstances:
            modifiers.extend(_circumstances(visit, encounter, programme, found))
        changed = len(modifiers) > len(visit.modifiers)
        found.lines.append(
            replace(visit, modifiers=tuple(modifiers), rules=tuple(rules)) if changed else visit
        )
    return found


def _circumstances(
    visit: Line, encounter: EncounterDocumented, programme: str, found: Arranged
) -> Iterator[str]:
    """FS, GC and GE: shared in a facility (42 CFR 415.140), with a resident (415.172, 415.174)."""
    said = encounter.circumstances or ()
    if "split_or_shared" in said:
        if encounter.setting in _SHARED_IN and encounter.place_of_service != _NURSING_HOME:
            yield "FS"
        else:
            found.reasons.append(f"split_or_shared_outside_facility:{visit.code}")
    if programme not in MEDICARE_PROGRAMMES:
        return
    if "teaching_physician" in said:
        yield "GC"
    elif "primary_care_exception" in said:
        if visit.code in _BY_EXCEPTION:
            yield "GE"
        else:
            found.reasons.append(f"primary_care_exception_level:{visit.code}")


def with_additions(
    visits: Sequence[Line],
    add_ons: Sequence[Line],
    others: Sequence[Line],
    encounter: EncounterDocumented,
    programme: str,
) -> Arranged:
    """The visits followed by what adds to them; G2211 stands among the other lines no more."""
    found = Arranged([*visits, *add_ons] if visits else [])
    added = _complexity(visits, others, encounter, programme)
    if isinstance(added, Line):
        found.lines.append(added)
    elif added is not None:
        found.rejected.append(added)
    return found


def _complexity(
    visits: Sequence[Line],
    others: Sequence[Line],
    encounter: EncounterDocumented,
    programme: str,
) -> Line | Rejected | None:
    """G2211 for the visit, or why it is not reported; None where nothing speaks for it."""
    wanted = next((line for line in others if line.code == COMPLEX), None)
    if wanted is None and not encounter.longitudinal_care:
        return None
    day = encounter.service_date
    if programme not in MEDICARE_PROGRAMMES:
        return Rejected(COMPLEX, "not_of_this_programme")
    if day < _COMPLEX_FROM:
        return Rejected(COMPLEX, "not_before_2024")
    places = (*_OFFICE, *_HOME) if day >= _COMPLEX_AT_HOME_FROM else _OFFICE
    base = next((line for line in visits if line.code.startswith(places)), None)
    if base is None or base.code == "99211":
        return Rejected(COMPLEX, "without_its_visit")
    if "25" in base.modifiers and not _for_prevention(visits, others, day):
        return Rejected(COMPLEX, "beside_modifier_25")
    if wanted is not None:
        return replace(wanted, rules=(*wanted.rules, "G2211 by date and modifier 25"))
    return Line(COMPLEX, rules=("G2211 by date and modifier 25",), confidence=900)


def _for_prevention(visits: Sequence[Line], others: Sequence[Line], day: date) -> bool:
    """Whether 25 stands for nothing but a preventive service or a vaccine, from 2025."""
    if day < _COMPLEX_BESIDE_PREVENTION_FROM:
        return False
    return is_for_prevention({line.code for line in (*visits, *others)})


def _in_package(
    encounter: EncounterDocumented,
    diagnoses: Sequence[Diagnosis],
    sets: CodeSets,
    found: Arranged,
) -> tuple[bool, str | None]:
    """Whether the visit is unrelated to a procedure whose period holds it; that it is part of."""
    unrelated = False
    for earlier in packages(encounter, sets):
        related = is_related(earlier, diagnoses)
        if related is None:
            found.reasons.append(f"global_period_relation_unknown:{earlier.code}")
        elif related:
            return False, earlier.code
        else:
            unrelated = True
    found.reasons.extend(
        f"global_period_unknown:{each.code}" for each in unknown_packages(encounter, sets)
    )
    return unrelated, None


def _beside(
    visit: Line,
    others: Sequence[Line],
    encounter: EncounterDocumented,
    sets: CodeSets,
    *,
    wellness: bool,
) -> tuple[bool, bool]:
    """Whether the visit decided on a major procedure, and whether it must be told apart.

    Where an edit that a modifier opens is loaded for the visit beside a service without a global
    period, that is to be told as well (NCCI Policy Manual I.D, XXX procedures).
    Care planning is an element of a wellness visit and carries 33 itself (MCPM 18 section 140.8);
    a woman's screening stands beside a preventive visit without an edit.
    """
    day = encounter.service_date
    planned = encounter.surgery_date
    major = planned is not None and timedelta() <= planned - day <= timedelta(days=1)
    separate = False
    for line in others:
        if line.code in ADMINISTRATION_OF_VACCINES:
            separate = True
            continue
        entry = sets.procedures.entry(line.code)
        if entry is not None and entry.separate_visit:
            part = wellness and line.code in _PART_OF_WELLNESS
            screened = line.code in _SCREENING_OF_WOMEN and visit.code.startswith(_PREVENTIVE)
            separate = separate or not (part or screened)
            continue
        days = package_days(line.code, sets, day) if line.code.isdigit() else None
        major = major or days == _MAJOR
        separate = separate or days in _MINOR
        if not separate and days is None:
            separate = _is_paired(visit, line, sets, day)
    return major, separate


def _is_paired(visit: Line, other: Line, sets: CodeSets, day: date) -> bool:
    edit = sets.edits.pair(other.code, visit.code, day)
    return isinstance(edit, PairEdit) and edit.column2 == visit.code and edit.indicator == "1"


def _telehealth(encounter: EncounterDocumented, found: Arranged) -> str:
    """95 by video, 93 by voice; the place says where the patient was (02, 10)."""
    place = encounter.place_of_service
    remote = encounter.setting == "telehealth" or encounter.telehealth is not None
    if remote and place not in _TELEHEALTH_PLACES:
        found.reasons.append(f"telehealth_place_of_service:{place}")
    return telehealth_modifier(encounter)


def telehealth_modifier(encounter: EncounterDocumented) -> str:
    """95, 93, or empty for a service in person."""
    if encounter.setting != "telehealth" and encounter.telehealth is None:
        return "95" if encounter.place_of_service in _TELEHEALTH_PLACES else ""
    return "93" if encounter.telehealth == "audio" else "95"
