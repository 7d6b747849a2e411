"""Edit tables in memory, and cases against them, for tests of the edits.

The rows are made up of real numbers where a rule speaks of the number itself; what an edit between
two codes says is the test's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from services.coding.domain.edits.editor import edit
from services.coding.domain.edits.service_line import EditContext, ServiceLine
from services.coding.domain.edits.tables import (
    AddOn,
    AnesthesiaChoice,
    Coverage,
    FeeIndicators,
    NoData,
    PairEdit,
    UnitLimit,
)
from services.coding.domain.edits.verdicts import Verdict, Verdicts
from tests.unit.coding.examples import sets_on

DAY = date(2026, 3, 2)
RELEASE = "2026Q1"


@dataclass
class MemoryTables:
    """Implements ``EditTables``; a kind that is None has no release at hand."""

    pairs: dict[tuple[str, str], str] | None = None
    limits: dict[str, tuple[int, int]] | None = None
    add_ons: dict[str, tuple[int, tuple[str, ...]]] | None = None
    fees: dict[str, dict[str, str]] | None = None
    covered: tuple[Coverage, ...] | None = None
    exempt: frozenset[str] | None = None
    crosswalk: dict[str, tuple[AnesthesiaChoice, ...]] | None = None
    begins: date = date(2026, 1, 1)

    def _kinds(self) -> dict[str, Any]:
        return {
            "ncci-ptp": self.pairs,
            "ncci-mue": self.limits,
            "ncci-addon": self.add_ons,
            "pfs": self.fees,
            "coverage": self.covered,
            "cpt": None,
            "poa-exempt": self.exempt,
            "anesthesia-crosswalk": self.crosswalk,
        }

    def _missing(self, table: str, on: date) -> NoData | None:
        if self._kinds()[table] is None:
            return NoData(table)
        return NoData(table, (f"{RELEASE}: from {self.begins}",)) if on < self.begins else None

    def release(self, table: str, on: date) -> str | NoData:
        return self._missing(table, on) or RELEASE

    def pair(self, one: str, other: str, on: date) -> PairEdit | NoData | None:
        missing = self._missing("ncci-ptp", on)
        if missing is not None:
            return missing
        assert self.pairs is not None
        for codes in ((one, other), (other, one)):
            if codes in self.pairs:
                return PairEdit(*codes, self.pairs[codes], "", RELEASE)
        return None

    def unit_limit(self, code: str, on: date, *, facility: bool) -> UnitLimit | NoData | None:
        missing = self._missing("ncci-mue", on)
        if missing is not None:
            return missing
        assert self.limits is not None
        return UnitLimit(code, *self.limits[code], "", RELEASE) if code in self.limits else None

    def add_on(self, code: str, on: date) -> AddOn | NoData | None:
        missing = self._missing("ncci-addon", on)
        if missing is not None:
            return missing
        assert self.add_ons is not None
        if code not in self.add_ons:
            return None
        kind, primaries = self.add_ons[code]
        return AddOn(code, frozenset(primaries), kind, RELEASE)

    def fee_indicators(
        self, code: str, on: date, modifier: str = ""
    ) -> FeeIndicators | NoData | None:
        missing = self._missing("pfs", on)
        if missing is not None:
            return missing
        assert self.fees is not None
        if code not in self.fees:
            return None
        row = FeeIndicators(code, "A", "0", "XXX", "0", "0", "0", 100, 100, RELEASE)
        return replace(row, **self.fees[code])  # type: ignore[arg-type]

    def coverage(self, code: str, on: date, jurisdiction: str) -> Sequence[Coverage] | NoData:
        missing = self._missing("coverage", on)
        if missing is not None:
            return missing
        assert self.covered is not None
        return [
            each
            for each in self.covered
            if each.code == code and each.jurisdiction in ("", jurisdiction)
        ]

    def listed(self, code: str, on: date) -> bool | NoData:
        return NoData("cpt")

    def is_exempt_from_admission(self, code: str, on: date) -> bool | NoData:
        missing = self._missing("poa-exempt", on)
        return missing if missing is not None else code in (self.exempt or ())

    def anesthesia_for(self, code: str, on: date) -> tuple[AnesthesiaChoice, ...] | NoData:
        missing = self._missing("anesthesia-crosswalk", on)
        return missing if missing is not None else (self.crosswalk or {}).get(code, ())


def policy(code: str, *covered: str, not_covered: tuple[str, ...] = ()) -> Coverage:
    return Coverage("L1", code, "", covered, not_covered, DAY, None, RELEASE)


def line(code: str, *modifiers: str, **fields: Any) -> ServiceLine:
    given: dict[str, Any] = {"date": DAY, "modifiers": modifiers, "pointers": (1,), **fields}
    return ServiceLine(code, **given)


def judge(
    *lines: ServiceLine,
    tables: MemoryTables | None = None,
    diagnoses: Sequence[str] = ("E11.9",),
    **context: Any,
) -> Verdicts:
    known: dict[str, Any] = {"age": 60, "sex": "F", "programme": "medicare", **context}
    sets = replace(sets_on(DAY), edits=tables or MemoryTables())
    return edit(lines, diagnoses, EditContext(DAY, **known), sets)


def of(found: Verdicts, rule: str) -> list[Verdict]:
    return [verdict for verdict in found.found if verdict.rule == rule]


def status(found: Verdicts, rule: str) -> list[str]:
    return [verdict.status for verdict in of(found, rule)]


def stops(found: Verdicts) -> list[tuple[str, str]]:
    return [(verdict.rule, verdict.status) for verdict in found.found if verdict.stops]


def instead(found: Verdicts) -> list[tuple[str, tuple[str, ...], int]]:
    return [(each.code, each.modifiers, each.units) for each in found.report_instead]
