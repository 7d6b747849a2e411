"""What the edits look up, and the values that the tables answer with.

The tables are keyed by CPT(R) numbers and come from files of the operator; the readers in
``services.coding.codesets`` implement ``EditTables``. A table that covers no release for a date
answers ``NoData``: *no data* is a verdict of its own and never a pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class NoData:
    """No release at hand of ``table`` covers the date; ``at_hand`` names what there is."""

    table: str
    at_hand: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PairEdit:
    """An NCCI procedure-to-procedure edit in force on the date.

    ``column2`` is denied beside ``column1``. ``indicator``: "0" no modifier helps, "1" one may,
    "9" does not apply. (NCCI Policy Manual I.E)
    """

    column1: str
    column2: str
    indicator: str
    rationale: str
    release: str


@dataclass(frozen=True, slots=True)
class UnitLimit:
    """A medically unlikely edit: most ``units``, and its adjudication indicator (MAI).

    1 a line, 2 a day by policy, 3 a day by clinical reason. (NCCI Policy Manual I.V)
    """

    code: str
    units: int
    mai: int
    rationale: str
    release: str


@dataclass(frozen=True, slots=True)
class AddOn:
    """An add-on code and its primaries: type 1 a closed list, 2 none named, 3 some named."""

    code: str
    primaries: frozenset[str]
    edit_type: int
    release: str


@dataclass(frozen=True, slots=True)
class FeeIndicators:
    """Physician fee schedule indicators of a code.

    ``global_days``: 000, 010, 090, XXX, YYY, ZZZ, MMM. ``pc_tc``: 0-9 as published.
    ``bilateral``: 0-3, 9. ``co_surgeon`` and ``team_surgeon``: 0-2, 9; empty where the release was
    compiled without them. ``rvu_hundredths``: facility and not, for ranking only.
    """

    code: str
    status: str
    pc_tc: str
    global_days: str
    multiple_procedure: str
    bilateral: str
    assistant: str
    rvu_hundredths_facility: int
    rvu_hundredths: int
    release: str
    co_surgeon: str = ""
    team_surgeon: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """An LCD or NCD: where ``code`` is covered, and for which diagnoses.

    ``covered`` and ``not_covered`` hold ICD-10-CM codes without dots, or ranges as "I10-I15".
    """

    policy: str
    code: str
    jurisdiction: str
    covered: tuple[str, ...]
    not_covered: tuple[str, ...]
    effective_from: date
    effective_to: date | None
    release: str


@dataclass(frozen=True, slots=True)
class AnesthesiaChoice:
    """An anesthesia code for an operation, with its base units where the crosswalk has them."""

    code: str
    base_units: int | None = None


class EditTables(Protocol):
    """Look-ups by code and date of service; ``None`` means that the release has no such row."""

    def release(self, table: str, on: date) -> str | NoData:
        """The release of ``table`` in force on a date; ``at_hand`` is empty when none is loaded.

        ``table``: ncci-ptp, ncci-mue, ncci-addon, pfs or coverage (LCD and NCD together); the same
        names stand in ``NoData.table``.
        """
        ...

    def pair(self, one: str, other: str, on: date) -> PairEdit | NoData | None:
        """The edit between two codes, whichever is column 1."""
        ...

    def unit_limit(self, code: str, on: date, *, facility: bool) -> UnitLimit | NoData | None: ...
    def add_on(self, code: str, on: date) -> AddOn | NoData | None: ...
    def fee_indicators(
        self, code: str, on: date, modifier: str = ""
    ) -> FeeIndicators | NoData | None: ...
    def coverage(self, code: str, on: date, jurisdiction: str) -> Sequence[Coverage] | NoData: ...
    def listed(self, code: str, on: date) -> bool | NoData:
        """Whether the operator's CPT(R) list has the code on the day (table cpt)."""
        ...

    def is_exempt_from_admission(self, code: str, on: date) -> bool | NoData:
        """Whether the list of the day exempts a diagnosis from present-on-admission reporting
        (table poa-exempt).
        """
        ...

    def anesthesia_for(self, code: str, on: date) -> tuple[AnesthesiaChoice, ...] | NoData:
        """The anesthesia codes of an operation by the crosswalk (table anesthesia-crosswalk)."""
        ...
