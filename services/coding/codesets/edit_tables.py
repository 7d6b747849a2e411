"""The edit tables at hand, several releases of each side by side; the date of service picks.

Where releases overlap, the one that begins last is used. A table that covers no release for the
date answers ``NoData`` with the dates at hand: *no data* is never a pass.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Generic, TypeVar

from services.coding.codesets.add_on_codes import AddOnRelease
from services.coding.codesets.admission_exemptions import ExemptionRelease
from services.coding.codesets.anesthesia_crosswalk import CrosswalkRelease
from services.coding.codesets.artefact import ArtefactError, Manifest
from services.coding.codesets.coverage_lists import CoverageRelease
from services.coding.codesets.fee_schedule import FeeRelease
from services.coding.codesets.pair_edits import PairRelease
from services.coding.codesets.procedure_list import ListedProcedure, ProcedureListRelease
from services.coding.codesets.unit_limits import UnitLimitRelease
from services.coding.domain.edits.tables import (
    AddOn,
    AnesthesiaChoice,
    Coverage,
    FeeIndicators,
    NoData,
    PairEdit,
    UnitLimit,
)

T = TypeVar("T")
_KEPT_DAYS = 4_000


class Releases(Generic[T]):
    """The releases of one code set, opened when a date first needs them."""

    def __init__(
        self, table: str, manifests: Sequence[Manifest], opened: Callable[[Manifest], T]
    ) -> None:
        self.manifests = sorted(manifests, key=lambda each: (each.effective_from, each.release))
        self._no_data = NoData(table, tuple(each.dates for each in self.manifests))
        self._open = opened
        self._opened: dict[str, T] = {}
        self._days: dict[date, T | NoData] = {}

    def on(self, day: date) -> T | NoData:
        """The release in force on the day, or that there is none."""
        known = self._days.get(day)
        if known is None:
            if len(self._days) >= _KEPT_DAYS:
                self._days.clear()
            known = self._days[day] = self._pick(day)
        return known

    def _pick(self, day: date) -> T | NoData:
        manifest = self.covering(day)
        return self._no_data if manifest is None else self.opened(manifest)

    def covering(self, day: date) -> Manifest | None:
        """The manifest of the release in force on the day, the one that begins last."""
        return next((each for each in reversed(self.manifests) if each.covers(day)), None)

    def named(self, day: date) -> str | NoData:
        """The name of the release in force on the day."""
        manifest = self.covering(day)
        return self._no_data if manifest is None else manifest.release

    def opened(self, manifest: Manifest) -> T:
        """The release that ``manifest`` describes. Raises ``ArtefactError`` for a damaged one."""
        if manifest.release not in self._opened:
            self._opened[manifest.release] = self._open(manifest)
        return self._opened[manifest.release]

    def open_all(self) -> None:
        """Open every release, so that no encounter waits for it."""
        for manifest in self.manifests:
            self.opened(manifest)


class LoadedTables:
    """Implements ``EditTables`` over what has been imported."""

    def __init__(self, manifests: Sequence[Manifest], path_of: Callable[[Manifest], Path]) -> None:
        """``path_of`` gives the checked file of a release, or raises ``ArtefactError``."""

        def releases(
            code_set: str, reader: Callable[[Path, Manifest], T], table: str = ""
        ) -> Releases[T]:
            mine = [each for each in manifests if each.code_set == code_set]
            return Releases(table or code_set, mine, lambda each: reader(path_of(each), each))

        self._pairs = releases("ncci-ptp", PairRelease)
        self._practitioner = releases("ncci-mue-practitioner", UnitLimitRelease, "ncci-mue")
        self._facility = releases("ncci-mue-facility", UnitLimitRelease, "ncci-mue")
        self._supplier = releases("ncci-mue-dme", UnitLimitRelease, "ncci-mue")
        self._add_ons = releases("ncci-addon", AddOnRelease)
        self._fees = releases("pfs", FeeRelease)
        self._local = releases("lcd", CoverageRelease, "coverage")
        self._national = releases("ncd", CoverageRelease, "coverage")
        self._procedures = releases("cpt", ProcedureListRelease)
        self._exemptions = releases("poa-exempt", ExemptionRelease)
        self._crosswalk = releases("anesthesia-crosswalk", CrosswalkRelease)
        self._named: dict[tuple[str, date], str | NoData] = {}
        self._tables: dict[str, tuple[Releases[Any], ...]] = {
            "ncci-ptp": (self._pairs,),
            "ncci-mue": (self._practitioner, self._facility, self._supplier),
            "ncci-addon": (self._add_ons,),
            "pfs": (self._fees,),
            "coverage": (self._national, self._local),
            "cpt": (self._procedures,),
            "poa-exempt": (self._exemptions,),
            "anesthesia-crosswalk": (self._crosswalk,),
        }

    def open_all(self) -> None:
        """Open every release. Raises ``ArtefactError`` for a damaged one."""
        for releases in self._tables.values():
            for each in releases:
                each.open_all()

    def rows(self, manifest: Manifest) -> Iterator[tuple[str, dict[str, str]]]:
        """Every row of a release in order: for comparing releases."""
        for releases in self._tables.values():
            for each in releases:
                if manifest in each.manifests:
                    found: Iterator[tuple[str, dict[str, str]]] = each.opened(manifest).rows()
                    return found
        raise ArtefactError(f"{manifest.code_set} is no code set that can be read")

    def release(self, table: str, on: date) -> str | NoData:
        """The release of a table in force on the day; several are joined by a plus sign."""
        known = self._named.get((table, on))
        if known is None:
            if len(self._named) >= _KEPT_DAYS:
                self._named.clear()
            known = self._named[table, on] = self._release(table, on)
        return known

    def _release(self, table: str, on: date) -> str | NoData:
        named: dict[str, None] = {}
        at_hand: list[str] = []
        for each in self._tables.get(table, ()):
            name = each.named(on)
            if isinstance(name, NoData):
                at_hand.extend(name.at_hand)
            else:
                named[name] = None
        return "+".join(named) if named else NoData(table, tuple(at_hand))

    def pair(self, one: str, other: str, on: date) -> PairEdit | NoData | None:
        """The edit between two codes, whichever is column 1."""
        release = self._pairs.on(on)
        return release if isinstance(release, NoData) else release.pair(one, other, on)

    def unit_limit(self, code: str, on: date, *, facility: bool) -> UnitLimit | NoData | None:
        """The most units; what the practitioner's table leaves out may stand in the supplier's."""
        release = (self._facility if facility else self._practitioner).on(on)
        if isinstance(release, NoData):
            return release
        limit = release.limit(code)
        if limit is None and not facility:
            supplier = self._supplier.on(on)
            if not isinstance(supplier, NoData):
                return supplier.limit(code)
        return limit

    def add_on(self, code: str, on: date) -> AddOn | NoData | None:
        """The primaries of an add-on code; None when it is none."""
        release = self._add_ons.on(on)
        return release if isinstance(release, NoData) else release.add_on(code, on)

    def fee_indicators(
        self, code: str, on: date, modifier: str = ""
    ) -> FeeIndicators | NoData | None:
        """The fee schedule's indicators."""
        release = self._fees.on(on)
        return release if isinstance(release, NoData) else release.indicators(code, modifier)

    def coverage(self, code: str, on: date, jurisdiction: str) -> Sequence[Coverage] | NoData:
        """National and local coverage lists of the code; a gap in either is no data, not none."""
        found: list[Coverage] = []
        missing: NoData | None = None
        tables = [each for each in (self._national, self._local) if each.manifests]
        for table in tables or [self._local]:
            release = table.on(on)
            if isinstance(release, NoData):
                missing = release
            else:
                found.extend(release.coverage(code, on, jurisdiction))
        return missing if missing is not None and not found else found

    def listed(self, code: str, on: date) -> bool | NoData:
        """Whether the operator's CPT(R) list has the code on the day."""
        found = self.procedure(code, on)
        return found if isinstance(found, NoData) else found is not None

    def procedure(self, code: str, on: date) -> ListedProcedure | NoData | None:
        """The code on the operator's CPT(R) list on the day; None when it is not on it."""
        release = self._procedures.on(on)
        return release if isinstance(release, NoData) else release.listed(code, on)

    def is_exempt_from_admission(self, code: str, on: date) -> bool | NoData:
        """Whether the list of the day exempts a diagnosis from present-on-admission reporting."""
        release = self._exemptions.on(on)
        return release if isinstance(release, NoData) else release.is_exempt(code)

    def anesthesia_for(self, code: str, on: date) -> tuple[AnesthesiaChoice, ...] | NoData:
        """The anesthesia codes of an operation; empty when the crosswalk has none."""
        release = self._crosswalk.on(on)
        return release if isinstance(release, NoData) else release.choices(code, on)
