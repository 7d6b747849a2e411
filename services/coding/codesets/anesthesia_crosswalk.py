"""From operations to anesthesia codes: the operator's own crosswalk, and its compiled table.

Layout, a CSV (or xlsx) with a header and a row for each pair: ``procedure`` (the code of the
operation), ``anesthesia`` (00100 to 01999), and if wanted ``base_units`` (a whole number), ``from``
and ``to``. An operation with several rows has several codes to choose from. Both codes are CPT(R),
and the crosswalks that are sold are licensed: none ships.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from services.coding.codesets.artefact import Manifest, connect
from services.coding.codesets.database import DatabaseWriter, Kept
from services.coding.codesets.published_file import LayoutError, Watch, code_of, date_of, headed
from services.coding.domain.edits.tables import AnesthesiaChoice

TABLES = """
CREATE TABLE crosswalk(code TEXT, anesthesia TEXT, base_units INTEGER, begins TEXT, ends TEXT,
  PRIMARY KEY (code, anesthesia, begins)) WITHOUT ROWID;
"""
_NEEDED = {
    "code": ("procedure", "procedure_code", "surgery", "cpt", "cpt_code"),
    "anesthesia": ("anesthesia", "anesthesia_code", "asa_code"),
}
_OPTIONAL = {
    "base_units": ("base_units", "base"),
    "begins": ("from", "effective_from"),
    "ends": ("to", "effective_to"),
}
_MOST_BASE_UNITS = 99


class CrosswalkRow(NamedTuple):
    """An operation with one of its anesthesia codes; -1: base units not given; dates inclusive."""

    code: str
    anesthesia: str
    base_units: int
    begins: str
    ends: str


def read_crosswalk(path: Path, watch: Watch) -> list[CrosswalkRow]:
    """The pairs in order. Raises ``LayoutError``."""
    found: dict[tuple[str, str, str], CrosswalkRow] = {}
    for line, row in headed(path, _NEEDED, _OPTIONAL, watch):
        # Spreadsheets drop leading zeros.
        anesthesia = code_of(path, line, row["anesthesia"].rjust(5, "0"))
        if not ("00100" <= anesthesia <= "01999" and anesthesia.isdigit()):
            raise LayoutError(
                path, line, f"{anesthesia!r} is no anesthesia code", "give 00100 to 01999"
            )
        begins, ends = (date_of(path, line, row[name]) for name in ("begins", "ends"))
        made = CrosswalkRow(
            code_of(path, line, row["code"]),
            anesthesia,
            _units(path, line, row["base_units"]),
            "" if begins is None else begins.isoformat(),
            "" if ends is None else ends.isoformat(),
        )
        before = found.setdefault((made.code, made.anesthesia, made.begins), made)
        if before != made:
            raise LayoutError(path, line, "a pair with other values above", "give each pair once")
    if not found:
        raise LayoutError(path, 0, "a header and no pair", "give procedure and anesthesia codes")
    return sorted(found.values())


def _units(path: Path, line: int, text: str) -> int:
    bare = text.strip().removesuffix(".0")
    if not bare:
        return -1
    if not (bare.isascii() and bare.isdigit() and int(bare) <= _MOST_BASE_UNITS):
        raise LayoutError(path, line, f"{bare[:12]!r} are no base units", "give a whole number")
    return int(bare)


def write_crosswalk(found: Sequence[CrosswalkRow], out: Path) -> int:
    """Compile the pairs into ``out``; returns how many."""
    writer = DatabaseWriter(out, TABLES)
    writer.rows("crosswalk", 5, found)
    writer.close()
    return len(found)


class CrosswalkRelease:
    """One release of the crosswalk."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.release = manifest.release
        self._connection = connect(path)
        self._of_code = Kept(self._rows)

    def choices(self, code: str, on: date) -> tuple[AnesthesiaChoice, ...]:
        """The anesthesia codes of an operation on the day, in order."""
        day = on.isoformat()
        return tuple(
            AnesthesiaChoice(row.anesthesia, None if row.base_units < 0 else row.base_units)
            for row in self._of_code(code)
            if row.begins <= day and (not row.ends or day <= row.ends)
        )

    def _rows(self, code: str) -> list[CrosswalkRow]:
        found = self._connection.execute(
            "SELECT code, anesthesia, base_units, begins, ends FROM crosswalk WHERE code = ? "
            "ORDER BY anesthesia, begins",
            (code,),
        )
        return [CrosswalkRow(*row) for row in found]

    def rows(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Every pair in order: for comparing releases."""
        for code, anesthesia, units, begins, ends in self._connection.execute(
            "SELECT * FROM crosswalk ORDER BY code, anesthesia, begins"
        ):
            shown = "" if units < 0 else str(units)
            yield f"{code} {anesthesia} {begins}".strip(), {"base_units": shown, "ends": ends}
