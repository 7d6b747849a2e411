"""NCCI add-on codes: CMS's file, and its compiled table.

CMS layout (tab or xlsx ``AOC_V...-MCR``): add-on code, its deletion date, edit type, primary code,
its deletion date, edit effective and deletion dates (as year and day of the year), notes. Primary
``CCCCC`` stands for what the contractor names. Types: 1 a closed list of primaries, 2 none named,
3 some named. (NCCI Policy Manual I.R)
"""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from services.coding.codesets.artefact import Manifest, connect
from services.coding.codesets.database import DatabaseWriter, Kept
from services.coding.codesets.published_file import LayoutError, Watch, code_of, date_of, headed
from services.coding.domain.edits.tables import AddOn

TABLES = """
CREATE TABLE add_on(code TEXT, primary_code TEXT, edit_type INTEGER, begins TEXT, ends TEXT,
  PRIMARY KEY (code, primary_code, begins, edit_type)) WITHOUT ROWID;
"""
_NEEDED = {
    "code": ("add_on_code", "addon_code"),
    "primary": ("primary_code",),
    "edit_type": ("aoc_edit_type", "edit_type"),
}
_OPTIONAL = {
    "code_ends": ("aoc_del_dt",),
    "primary_ends": ("primary_code_del_dt",),
    "begins": ("aoc_edit_eff_dt",),
    "ends": ("aoc_edit_del_dt",),
}
CONTRACTOR_NAMED = "CCCCC"
_TYPES = {"1": 1, "2": 2, "3": 3, "I": 1, "II": 2, "III": 3}


class AddOnRow(NamedTuple):
    """An add-on code with one of its primaries; dates are inclusive ISO text, or empty."""

    code: str
    primary: str
    edit_type: int
    begins: str
    ends: str


def read_add_ons(path: Path, watch: Watch) -> list[AddOnRow]:
    """Add-on codes with their primaries, in order. Raises ``LayoutError``."""
    found: set[AddOnRow] = set()
    for line, row in headed(path, _NEEDED, _OPTIONAL, watch):
        edit_type = _TYPES.get(row["edit_type"].upper().removesuffix(".0"))
        if edit_type is None:
            raise LayoutError(path, line, "no edit type of 1, 2 or 3", "give the file as published")
        primary = row["primary"].upper()
        if primary != CONTRACTOR_NAMED:
            primary = code_of(path, line, primary)
        ends = [
            day.isoformat()
            for name in ("code_ends", "primary_ends", "ends")
            if (day := date_of(path, line, row[name])) is not None
        ]
        begins = date_of(path, line, row["begins"])
        found.add(
            AddOnRow(
                code_of(path, line, row["code"]),
                primary,
                edit_type,
                "" if begins is None else begins.isoformat(),
                min(ends, default=""),
            )
        )
    if not found:
        raise LayoutError(path, 0, "a header and no add-on code", "give the file as published")
    return sorted(found)


def write_add_ons(found: Sequence[AddOnRow], out: Path) -> int:
    """Compile the rows into ``out``; returns how many."""
    writer = DatabaseWriter(out, TABLES)
    writer.connection.execute("BEGIN")
    writer.connection.executemany("INSERT OR REPLACE INTO add_on VALUES (?, ?, ?, ?, ?)", found)
    writer.close()
    return len(found)


class AddOnRelease:
    """One release of the add-on codes."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.release = manifest.release
        self._connection = connect(path)
        self._add_on = Kept(self._rows)

    def add_on(self, code: str, on: date) -> AddOn | None:
        """The code with the primaries in force on the day; None when it is no add-on code then.

        Rows of several types make type 3: some are named, and others may do.
        """
        day = on.isoformat()
        rows = [
            (primary, edit_type)
            for primary, edit_type, begins, ends in self._add_on(code)
            if begins <= day and (not ends or day <= ends)
        ]
        if not rows:
            return None
        types = {edit_type for _, edit_type in rows}
        primaries = frozenset(primary for primary, _ in rows if primary != CONTRACTOR_NAMED)
        return AddOn(code, primaries, types.pop() if len(types) == 1 else 3, self.release)

    def _rows(self, code: str) -> list[tuple[str, int, str, str]]:
        return self._connection.execute(
            "SELECT primary_code, edit_type, begins, ends FROM add_on WHERE code = ?", (code,)
        ).fetchall()

    def rows(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Every add-on code with a primary, in order: for comparing releases."""
        for code, primary, edit_type, begins, ends in self._connection.execute(
            "SELECT * FROM add_on ORDER BY code, primary_code, begins, edit_type"
        ):
            yield f"{code} {primary} {begins}".strip(), {"type": str(edit_type), "ends": ends}
