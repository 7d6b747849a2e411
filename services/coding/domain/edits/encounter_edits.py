"""The edits of an encounter on its way through the engine.

Most encounters have nothing to find; a look at the families of their codes tells that in a few
microseconds, unless tables are loaded, which are then asked. The engine makes codes, pointers and
the order and sex of diagnoses itself, so that here only lines are judged, and ages.
"""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from msgspec import Struct

from schemas.encounter import EncounterDocumented
from services.coding.domain.code_sets import CodeSets
from services.coding.domain.coding_result import (
    CodingOptions,
    Diagnosis,
    Line,
    PatientFacts,
    Release,
    VisitHistory,
)
from services.coding.domain.edits import panels
from services.coding.domain.edits.administration import FACILITIES, OLDEST_COUNSELLED
from services.coding.domain.edits.claim import SURGICAL, Claim
from services.coding.domain.edits.code_families import (
    CONSULTATION,
    DRUG_ADMINISTRATION,
    EVALUATION,
    MINIMAL_VISIT,
    TELEHEALTH_VISIT,
    VACCINE_ADMINISTRATION,
    VACCINE_COUNSELLED,
    VACCINE_GIVEN,
    family,
)
from services.coding.domain.edits.editor import LINE_RULES, PATIENT_RULES
from services.coding.domain.edits.patient_fit import fits_age
from services.coding.domain.edits.patient_limits import Limit, diagnosis_limit, procedure_limit
from services.coding.domain.edits.reported_before import reported_before
from services.coding.domain.edits.service_line import EditContext, PastLine, ServiceLine
from services.coding.domain.edits.special_modifiers import SPECIAL
from services.coding.domain.edits.tables import NoData
from services.coding.domain.edits.verdicts import Verdict
from services.coding.domain.edits.visit_complexity import CODE as COMPLEXITY
from services.coding.domain.edits.visit_modifiers import NEVER_ON_VISITS

TABLES = ("ncci-ptp", "ncci-mue", "ncci-addon", "pfs", "coverage")
_LISTED = ("cpt", "poa-exempt", "anesthesia-crosswalk")
_ODD = 1 << 24
_PANEL = 1 << 25
_WITHOUT_25 = 1 << 26
_SURGERY = 1 << 27
_LIMITED = 1 << 28
_PLAIN = CodingOptions()
_SELF_PAY = "self_pay"
_MOST_DAYS = 4_000
_MOST_ALIKE = 8_000
_PLAIN_WASTE = frozenset(("JW", "JZ", "93"))
_GIVEN = VACCINE_ADMINISTRATION | DRUG_ADMINISTRATION
_LOOKED_AT = _GIVEN | _SURGERY | _PANEL


class _Day(Struct, frozen=True):
    """What a date of service has: a release of any table, and what stands for those without."""

    loaded: bool
    absent: tuple[Verdict, ...]
    releases: tuple[Release, ...] = ()
    stopping: tuple[str, ...] = ()


class EncounterEdits:
    """Edits against one set of releases; safe to keep."""

    def __init__(self, sets: CodeSets) -> None:
        self._sets = sets
        self._days: dict[date, _Day] = {}
        self._shapes: dict[tuple[str, tuple[str, ...]], int] = {}
        self._alike: dict[tuple[object, ...], tuple[Verdict, ...]] = {}

    def check(  # noqa: PLR0917 - what is known of the encounter
        self,
        encounter: EncounterDocumented,
        patient: PatientFacts,
        history: VisitHistory,
        diagnoses: Sequence[Diagnosis],
        lines: Sequence[Line],
        options: CodingOptions = _PLAIN,
    ) -> tuple[Verdict, ...]:
        """Verdicts other than plain passes; nothing at all for an encounter without lines.

        ``options``: whose local coverage determinations bind, and how plans count.
        """
        if not lines:
            return ()
        on = encounter.service_date
        day = self._days.get(on) or self._day(on)
        earlier = _reported(encounter) if encounter.earlier_procedures else ()
        if history.visits:
            codes = [line.code for line in lines]
            earlier += reported_before(encounter, history, self._sets, codes, patient.programme)
        if not day.loaded and not earlier and self._quiet(encounter, patient, diagnoses, lines):
            return day.absent
        claim = self._claim(encounter, patient, diagnoses, lines, earlier, options)
        claim.said(day.absent)
        if earlier:
            for rule in LINE_RULES:
                rule(claim)
        else:
            claim.found.extend(self._by_shape(encounter, patient, claim))
        for rule in PATIENT_RULES:
            rule(claim)
        known = frozenset(claim.diagnoses)
        return tuple(
            verdict
            for verdict in dict.fromkeys((*day.absent, *claim.found))
            if verdict.status != "pass"
            and not (verdict.rule == "sex" and known.issuperset(verdict.codes))
        )

    def reasons(self, edits: tuple[Verdict, ...], on: date) -> tuple[str, ...]:
        """Why a coder looks, by the verdicts on an encounter of this day."""
        day = self._days.get(on)
        if day is not None and edits is day.absent:
            return day.stopping
        return tuple(map(reason, filter(stops, edits)))

    def releases(self, on: date) -> tuple[Release, ...]:
        """The releases of the edit tables that a date of service is judged by."""
        return (self._days.get(on) or self._day(on)).releases

    def _by_shape(
        self, encounter: EncounterDocumented, patient: PatientFacts, claim: Claim
    ) -> tuple[Verdict, ...]:
        """What the rules on lines say, which many encounters have alike; looked up once."""
        age = claim.context.age
        key = (
            encounter.service_date,
            encounter.place_of_service,
            patient.programme,
            age is not None and age > OLDEST_COUNSELLED,
            bool(claim.diagnoses),
            "Z23" in claim.diagnoses,
            tuple([(line.code, line.modifiers, line.units) for line in claim.lines]),
        )
        found = self._alike.get(key)
        if found is None:
            alone = Claim(claim.lines, claim.diagnoses, claim.context, self._sets, passes=False)
            for rule in LINE_RULES:
                rule(alone)
            if len(self._alike) >= _MOST_ALIKE:
                self._alike.clear()
            found = self._alike[key] = tuple(
                each for each in alone.found if each.status not in ("pass", "no_data")
            )
        return found

    def _day(self, on: date) -> _Day:
        if len(self._days) >= _MOST_DAYS:
            self._days.clear()
        claim = Claim((), (), EditContext(on), self._sets)
        loaded = False
        named: list[Release] = []
        for table in TABLES:
            release = self._sets.edits.release(table, on)
            if isinstance(release, NoData):
                claim.no_data(release, on)
            else:
                named.append(Release(table, release))
            loaded = loaded or not isinstance(release, NoData) or bool(release.at_hand)
        for table in _LISTED:
            listed = self._sets.edits.release(table, on)
            if isinstance(listed, str):
                named.append(Release(table, listed))
        found = self._days[on] = _Day(
            loaded, tuple(claim.found), tuple(named), tuple(map(reason, filter(stops, claim.found)))
        )
        return found

    def _quiet(
        self,
        encounter: EncounterDocumented,
        patient: PatientFacts,
        diagnoses: Sequence[Diagnosis],
        lines: Sequence[Line],
    ) -> bool:
        """Whether no rule that needs no table can find anything."""
        shapes, bits, visits = self._shapes, 0, 0
        tests: list[str] = []
        limits: list[Limit] = []
        codes: set[str] = set()
        for line in lines:
            code = line.code
            shape = shapes.get((code, line.modifiers))
            if shape is None:
                shape = self._shape(code, line.modifiers)
            bits |= shape
            if shape & EVALUATION:
                visits += 1
            if shape & _PANEL:
                tests.append(code)
            if shape & _LIMITED:
                limits.append(_limit_of(code))
            codes.add(code)
        if bits & _ODD or visits > 1 or len(codes) != len(lines):
            return False
        if bits & _LOOKED_AT:
            if bits & _WITHOUT_25 and bits & (_GIVEN | _SURGERY):
                return False
            if bits & VACCINE_ADMINISTRATION and _vaccines_mixed(bits, codes):
                return False
            if bits & DRUG_ADMINISTRATION and encounter.place_of_service in FACILITIES:
                return False
            if len(tests) > 1 and not _apart(frozenset(tests)):
                return False
        by_sex = len(limits)
        for diagnosis in diagnoses:
            limit = diagnosis_limit(diagnosis.code)
            if limit is not None:
                limits.append(limit)
        return not limits or _fit(limits, by_sex, patient, encounter.service_date)

    def _shape(self, code: str, modifiers: tuple[str, ...]) -> int:
        bits = family(code)
        carried = frozenset(modifiers)
        if bits & EVALUATION:
            if not carried & {"25", "57", "24"}:
                bits |= _WITHOUT_25
            if carried & NEVER_ON_VISITS or (bits & MINIMAL_VISIT and "25" in carried):
                bits |= _ODD
        else:
            if carried & {"24", "25", "57"} or {"LT", "RT"} <= carried or {"26", "TC"} <= carried:
                bits |= _ODD
            entry = self._sets.procedures.entry(code)
            if entry is not None and entry.global_days in SURGICAL:
                bits |= _SURGERY
        if code == COMPLEXITY or bits & (TELEHEALTH_VISIT | CONSULTATION):
            bits |= _ODD
        if code.startswith(("0", "908", "9929", "9946", "9947")) or not SPECIAL.isdisjoint(
            carried - _PLAIN_WASTE
        ):
            bits |= _ODD
        if code in panels.TESTS or code in panels.CODES:
            bits |= _PANEL
        if procedure_limit(code) is not None:
            bits |= _LIMITED
        if len(self._shapes) >= _MOST_DAYS:
            self._shapes.clear()
        self._shapes[code, modifiers] = bits
        return bits

    def _claim(  # noqa: PLR0917 - what is known of the encounter
        self,
        encounter: EncounterDocumented,
        patient: PatientFacts,
        diagnoses: Sequence[Diagnosis],
        lines: Sequence[Line],
        earlier: tuple[PastLine, ...],
        options: CodingOptions,
    ) -> Claim:
        on = encounter.service_date
        provider = encounter.rendering_provider_id
        place = encounter.place_of_service
        return Claim(
            [
                ServiceLine(
                    line.code, on, line.modifiers, line.units, line.pointers, provider, place
                )
                for line in lines
            ],
            [diagnosis.code for diagnosis in diagnoses],
            EditContext(
                on,
                patient.age_on(on),
                patient.days_on(on),
                patient.sex,
                patient.programme or _SELF_PAY,
                options.jurisdiction,
                earlier,
                by_calendar_year=patient.programme in options.calendar_years,
            ),
            self._sets,
            passes=False,
        )


def _reported(encounter: EncounterDocumented) -> tuple[PastLine, ...]:
    """Earlier procedures that the encounter names, whose global period may hold the day."""
    return tuple(
        PastLine(past.code, past.service_date, past.provider_id or "", past.diagnoses)
        for past in encounter.earlier_procedures
    )


@lru_cache(maxsize=4_096)
def _apart(tests: frozenset[str]) -> bool:
    """Whether these tests and panels are reported just so."""
    return panels.settled(tests)


def _vaccines_mixed(bits: int, codes: set[str]) -> bool:
    return bool(
        (bits & VACCINE_COUNSELLED and bits & VACCINE_GIVEN)
        or bits & MINIMAL_VISIT
        or {"90471", "90473"} <= codes
    )


def _limit_of(code: str) -> Limit:
    return procedure_limit(code) or Limit()


def _fit(limits: Sequence[Limit], by_sex: int, patient: PatientFacts, on: date) -> bool:
    """Whether the patient is within all limits, by sex only within the first ``by_sex``."""
    age, days, sex = patient.age_on(on), patient.days_on(on), patient.sex
    return all(
        (number >= by_sex or limit.sex in ("", sex)) and fits_age(limit, age, days)
        for number, limit in enumerate(limits)
    )


def stops(verdict: Verdict) -> bool:
    """Whether the verdict sends the encounter to a coder.

    A kind of table of which no release is loaded at all stops nothing: it is said, and that is all.
    """
    return verdict.stops or (
        verdict.status == "no_data" and verdict.rule in TABLES and "at hand:" in verdict.message
    )


def reason(verdict: Verdict) -> str:
    """Why a coder looks: ``edit:RULE:CODE``."""
    if not verdict.codes:
        return f"edit:{verdict.rule}:no_data"
    return f"edit:{verdict.rule}:{verdict.codes[-1 if verdict.rule == 'ncci-ptp' else 0]}"
